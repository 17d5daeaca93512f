"""Raises the alarm for a demand that nears or passes its 24 hours."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.events import DemandOverdue
from identity.moderation.authorities.models import AuthorityRequest
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs

BEFORE = timedelta(hours=4)


@jobs.job("moderation.demands")
async def alarm(session: AsyncSession, _run: Run) -> None:
    """Once per demand, four hours before it is due."""
    near = select(AuthorityRequest).where(
        AuthorityRequest.answered_at.is_(None), AuthorityRequest.alarmed_at.is_(None), AuthorityRequest.due_at < now() + BEFORE
    )
    for row in await session.scalars(near.limit(100).with_for_update(skip_locked=True)):
        row.alarmed_at = now()
        await record(session, actor="system:moderation", action="demand.alarm", subject=f"demand:{row.id}")
        await emit(session, DemandOverdue(row.id, row.case_id))


jobs.every("* * * * *", "moderation.demands")
