"""Restrictions of social accounts: timed, they end by themselves; they touch no public service, for only social floors ask here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.events import SanctionImposed, SanctionLifted
from identity.moderation.models import Decision, Restriction, Sanction
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs

TIMED: Final = (Restriction.LIMIT, Restriction.MUTE, Restriction.SUSPEND, Restriction.LOCK)
HIDING: Final = (Restriction.REMOVE, *TIMED)
"""What takes the subject itself out of sight."""
SILENCING: Final = (Restriction.MUTE, Restriction.SUSPEND, Restriction.LOCK)


async def locked(session: AsyncSession, person_id: UUID) -> bool:
    """Whether the person may not write at this moment: muted, suspended or locked."""
    held = exists().where(Sanction.person_id == person_id, Sanction.restriction.in_(SILENCING), *_current(now()))
    return bool(await session.scalar(select(held)))


async def limited(session: AsyncSession, person_id: UUID) -> bool:
    """Whether the person may do half of what they could, for a while."""
    held = exists().where(Sanction.person_id == person_id, Sanction.restriction == Restriction.LIMIT, *_current(now()))
    return bool(await session.scalar(select(held)))


async def sanctions(session: AsyncSession, person_id: UUID) -> Sequence[Sanction]:
    """What silences the person at this moment, the one that ends last first."""
    rows = await session.scalars(
        select(Sanction)
        .where(Sanction.person_id == person_id, Sanction.restriction.in_(SILENCING), *_current(now()))
        .order_by(Sanction.ends_at.desc().nulls_first())
    )
    return rows.all()


async def impose(session: AsyncSession, decision: Decision, person_id: UUID) -> Sanction:
    """Restricts the person's social account for the decision's days, or for good; the end is a job of the same transaction."""
    start = now()
    ends_at = None if decision.days is None else start + timedelta(days=decision.days)
    row = Sanction(decision_id=decision.id, person_id=person_id, starts_at=start, ends_at=ends_at, restriction=decision.restriction)
    session.add(row)
    await session.flush()
    if ends_at is not None:
        await jobs.enqueue(session, "moderation.lift", {"id": str(row.id)}, due_at=ends_at)
    facts = {"sanction": str(row.id), "days": decision.days}
    await record(session, actor="system:moderation", action="sanction.imposed", subject=f"person:{person_id}", facts=facts)
    await emit(session, SanctionImposed(person_id, decision.restriction.value))
    return row


async def lift(session: AsyncSession, row: Sanction, *, because: str) -> None:
    """Ends a lock that has not ended; `because` is a fixed word for the audit trail."""
    if row.lifted_at is not None:
        return
    row.lifted_at = now()
    await session.flush()
    facts = {"sanction": str(row.id), "because": because}
    await record(session, actor="system:moderation", action="sanction.lifted", subject=f"person:{row.person_id}", facts=facts)
    await emit(session, SanctionLifted(row.person_id))


def _current(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Sanction.lifted_at.is_(None), Sanction.starts_at <= moment, or_(Sanction.ends_at.is_(None), Sanction.ends_at > moment))
