"""Records of special care: who may open one, and who says which they are."""

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.access import service as access
from identity.pii_access.models import FlaggedRecord
from kernel.audit import record

PERMISSION = "moderation.flagged"


class FlaggedRecordClosed(Problem):
    code = "pii.flagged_record"
    status = 403
    title = Text(vi="Hồ sơ này chỉ cán bộ được chỉ định mới được mở", en="Only officers appointed for it may open this record")


async def flagged(session: AsyncSession, person_id: UUID) -> bool:
    current = exists().where(FlaggedRecord.person_id == person_id, FlaggedRecord.ended_at.is_(None))
    return bool(await session.scalar(select(current)))


async def require_open(session: AsyncSession, person_id: UUID, officer: UUID) -> None:
    """Raises FlaggedRecordClosed where the record is flagged and the officer has no permission of their own for such."""
    if await flagged(session, person_id) and PERMISSION not in await access.permissions(session, officer):
        raise FlaggedRecordClosed


async def flag(session: AsyncSession, person_id: UUID, *, because: str, by: UUID) -> None:
    """Flags a record; one that is flagged stays as it is."""
    row = insert(FlaggedRecord).values(id=new_id(), person_id=person_id, because=because, flagged_by=by, flagged_at=now())
    await session.execute(row.on_conflict_do_nothing())
    await record(session, actor=f"person:{by}", action="record.flagged", subject=f"person:{person_id}")


async def unflag(session: AsyncSession, person_id: UUID, *, by: UUID) -> bool:
    """Opens a record to all officers again; False where it was not flagged."""
    ended = await session.scalar(
        update(FlaggedRecord)
        .where(FlaggedRecord.person_id == person_id, FlaggedRecord.ended_at.is_(None))
        .values(ended_at=now(), ended_by=by)
        .returning(FlaggedRecord.id)
    )
    if ended is None:
        return False
    await record(session, actor=f"person:{by}", action="record.unflagged", subject=f"person:{person_id}")
    return True
