"""A suspended app's developers answer; somebody other than who suspended it decides."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.ids import new_id
from plugins.registry import lifecycle
from plugins.registry.models import MiniApp
from plugins.review.impartial import belongs_to
from plugins.review.models import SuspensionAppeal
from plugins.review.problems import AppealImpossible, OwnWork, ReviewNotFound, ReviewOver
from plugins.rollout import pointers


async def file(session: AsyncSession, app: MiniApp, words: str, *, by: UUID) -> SuspensionAppeal:
    """Raises AppealImpossible where the app is not suspended, the ninety days are over, or an appeal is open."""
    if app.status is not AppStatus.SUSPENDED or app.appeal_until is None or app.appeal_until < now():
        raise AppealImpossible
    row = SuspensionAppeal(id=new_id(), app_id=app.app_id, words=words, filed_by=by, suspended_by=app.suspended_by or "")
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as twice:
        raise AppealImpossible from twice
    return row


async def waiting(session: AsyncSession) -> Sequence[SuspensionAppeal]:
    """Appeals nobody has decided, the oldest first."""
    found = select(SuspensionAppeal).where(SuspensionAppeal.decided_at.is_(None)).order_by(SuspensionAppeal.created_at)
    return (await session.scalars(found.limit(200))).all()


async def decide(session: AsyncSession, appeal_id: UUID, *, granted: bool, note: str, by: UUID) -> SuspensionAppeal:
    """Granted: the app runs again. Raises ReviewNotFound, ReviewOver, OwnWork, StepImpossible."""
    row = await session.get(SuspensionAppeal, appeal_id, with_for_update=True)
    if row is None:
        raise ReviewNotFound
    if row.decided_at is not None:
        raise ReviewOver
    app = await pointers.locked(session, row.app_id)
    if f"staff:{by}" in {row.suspended_by, app.suspended_by} or row.filed_by == by:
        raise OwnWork
    if await belongs_to(session, by, app.organisation_id):
        raise OwnWork
    row.granted, row.note, row.decided_by, row.decided_at = granted, note, by, now()
    await session.flush()
    if not granted:
        app.appeal_until = None  # nothing is left to wait for
    if granted:
        await lifecycle.publish(session, row.app_id, actor=f"staff:{by}")
    return row
