"""Ends timed restrictions when their time is over, and frees cases whose officer went away."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.moderation import sanctions, steps
from identity.moderation.models import Case, CaseState, Sanction
from kernel.jobs import jobs

_FREED_AT_ONCE = 200


@jobs.job("moderation.lift")
async def lift(session: AsyncSession, run: Run) -> None:
    """The lock itself ended with the clock; this tells the person, once."""
    row = await session.scalar(select(Sanction).where(Sanction.id == UUID(run.payload["id"])).with_for_update())
    if row is not None and row.ends_at is not None and row.ends_at <= now():
        await sanctions.lift(session, row, because="time")


@jobs.job("moderation.free")
async def free(session: AsyncSession, _run: Run) -> None:
    """A lease that ran out gives the case back to its queue, and says so as a step."""
    left = select(Case).where(Case.state == CaseState.ASSIGNED, Case.lease_until <= now()).order_by(Case.id).limit(_FREED_AT_ONCE)
    for case in await session.scalars(left.with_for_update(skip_locked=True)):
        case.lease_owner, case.lease_until = None, None
        await steps.move(session, case, CaseState.QUEUED, actor=None, role=steps.SYSTEM, internal="the lease ran out")


jobs.every("* * * * *", "moderation.free")
