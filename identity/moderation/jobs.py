"""Ends timed restrictions when their time is over, frees cases whose officer went away, and rings for what is past its time."""

from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.events import ModerationOverdue
from identity.moderation import sanctions, steps
from identity.moderation.models import Appeal, AppealState, Case, CaseState, Sanction
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs

OVERDUE: Final = Counter("hanoismart_moderation_overdue", "Cases and appeals that passed their deadline", ["what"])
_AT_ONCE: Final = 200
log = structlog.get_logger()


@jobs.job("moderation.lift")
async def lift(session: AsyncSession, run: Run) -> None:
    """The lock itself ended with the clock; this tells the person, once."""
    row = await session.scalar(select(Sanction).where(Sanction.id == UUID(run.payload["id"])).with_for_update())
    if row is not None and row.ends_at is not None and row.ends_at <= now():
        await sanctions.lift(session, row, because="time")


@jobs.job("moderation.free")
async def free(session: AsyncSession, _run: Run) -> None:
    """A lease that ran out gives the case back to its queue, and says so as a step."""
    left = select(Case).where(Case.state == CaseState.ASSIGNED, Case.lease_until <= now()).order_by(Case.id).limit(_AT_ONCE)
    for case in await session.scalars(left.with_for_update(skip_locked=True)):
        case.lease_owner, case.lease_until = None, None
        await steps.move(session, case, CaseState.QUEUED, actor=None, role=steps.SYSTEM, internal="the lease ran out")


@jobs.job("moderation.overdue")
async def overdue(session: AsyncSession, _run: Run) -> None:
    """Once for each case and appeal nobody has finished in its time, by the calendar its deadline was made with."""
    cases = select(Case).where(Case.state != CaseState.CLOSED, Case.sla_due_at < now(), Case.alarmed_at.is_(None)).order_by(Case.sla_due_at)
    for case in await session.scalars(cases.limit(_AT_ONCE).with_for_update(skip_locked=True)):
        case.alarmed_at = now()
        await _ring(session, "case", case.id)
    waiting = Appeal.state.in_((AppealState.FILED, AppealState.ASSIGNED)), Appeal.due_at < now(), Appeal.alarmed_at.is_(None)
    late = select(Appeal).where(*waiting).order_by(Appeal.due_at)
    for appeal in await session.scalars(late.limit(_AT_ONCE).with_for_update(skip_locked=True)):
        appeal.alarmed_at = now()
        await _ring(session, "appeal", appeal.id)


async def _ring(session: AsyncSession, what: str, subject_id: UUID) -> None:
    OVERDUE.labels(what).inc()
    log.warning("moderation.overdue", what=what, id=str(subject_id))
    await record(session, actor="system:moderation", action=f"{what}.overdue", subject=f"{what}:{subject_id}")
    await emit(session, ModerationOverdue(subject_id, what))


jobs.every("* * * * *", "moderation.free")
jobs.every("* * * * *", "moderation.overdue")
