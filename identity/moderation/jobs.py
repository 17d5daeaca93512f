"""Ends timed locks when their time is over."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.moderation import sanctions
from identity.moderation.models import Sanction
from kernel.jobs import jobs


@jobs.job("moderation.lift")
async def lift(session: AsyncSession, run: Run) -> None:
    """The lock itself ended with the clock; this tells the person, once."""
    row = await session.scalar(select(Sanction).where(Sanction.id == UUID(run.payload["id"])).with_for_update())
    if row is not None and row.ends_at is not None and row.ends_at <= now():
        await sanctions.lift(session, row, because="time")
