"""Asks apps to erase, hears that they did, and asks again until they have."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api.tokens import pairwise
from kernel.audit import record
from plugins.erasures.models import AppErasure, ErasureReason
from plugins.registry import queries
from plugins.settings import settings
from plugins.webhooks.service import tell

EVENT: Final = "account.erased"
AGAIN: Final = timedelta(days=3)
"""How long an app may be silent before it is asked again."""


class ErasureNotFound(Problem):
    code = "backend.erasure_not_found"
    status = 404
    title = Text(vi="Không có yêu cầu xóa này", en="There is no such request to erase")


async def ask(session: AsyncSession, app_id: str, person_id: UUID, reason: ErasureReason) -> AppErasure | None:
    """Tell an app to erase what it holds of a person; None where no such app is known."""
    app = await queries.live(session, app_id)
    if app is None:
        return None
    sub = await pairwise(session, person_id, app.sector)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"erasure {app_id} {sub}", 0))))  # asked twice at once
    standing = select(AppErasure).where(AppErasure.app_id == app_id, AppErasure.sub == sub, AppErasure.confirmed_at.is_(None))
    row = await session.scalar(standing.with_for_update())
    if row is None:
        row = AppErasure(
            id=new_id(),
            app_id=app_id,
            sub=sub,
            person_id=person_id if reason is ErasureReason.REMOVED else None,
            reason=reason,
            due_at=now() + timedelta(days=settings().erasure_days),
            reminders=0,
            reminded_at=now(),
        )
        session.add(row)
    elif reason is ErasureReason.ACCOUNT_ERASED:
        row.reason, row.person_id = reason, None
    await session.flush()
    await _tell(session, row)
    return row


async def confirm(session: AsyncSession, app_id: str, erasure_id: UUID) -> AppErasure:
    """The app's backend says it is done; said twice is said once. Raises ErasureNotFound for any other app's."""
    row = await session.get(AppErasure, erasure_id, with_for_update=True)
    if row is None or row.app_id != app_id:
        raise ErasureNotFound
    if row.confirmed_at is None:
        row.confirmed_at = now()
        await record(
            session, actor=f"client:{app_id}", action="miniapp.erased", subject=f"miniapp:{app_id}", facts={"erasure": str(row.id)}
        )
    return row


async def of_app(session: AsyncSession, app_id: str) -> Sequence[AppErasure]:
    """What an app still owes, the oldest first."""
    found = select(AppErasure).where(AppErasure.app_id == app_id, AppErasure.confirmed_at.is_(None))
    return (await session.scalars(found.order_by(AppErasure.asked_at, AppErasure.id).limit(500))).all()


def overdue() -> Any:
    """Duties nobody confirmed in time."""
    return select(AppErasure).where(AppErasure.confirmed_at.is_(None), AppErasure.due_at < now())


async def remind(session: AsyncSession) -> int:
    """Ask again every third day, and note for the auditors once what is overdue; how many were asked."""
    waiting = select(AppErasure).where(AppErasure.confirmed_at.is_(None), AppErasure.reminded_at < now() - AGAIN)
    rows = (await session.scalars(waiting.limit(500).with_for_update(skip_locked=True))).all()
    for row in rows:
        row.reminders, row.reminded_at = row.reminders + 1, now()
        await session.flush()
        await _tell(session, row)
        if row.due_at < now() and row.reported_at is None:
            row.reported_at = now()
            facts = {"erasure": str(row.id), "reminders": row.reminders}
            await record(session, actor="system:plugins", action="miniapp.erasure_overdue", subject=f"miniapp:{row.app_id}", facts=facts)
    return len(rows)


async def _tell(session: AsyncSession, row: AppErasure) -> None:
    data = {"sub": row.sub, "erasure_id": str(row.id), "reason": row.reason.value, "due_at": row.due_at.isoformat()}
    await tell(session, row.app_id, EVENT, data, dedupe=f"{row.id} {row.reminders} {row.reason.value}")
