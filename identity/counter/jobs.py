"""Empties enrolments that no second officer came for."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from identity.counter import service
from kernel.jobs import jobs


@jobs.job("counter.expire", lane="bulk")
async def expire(session: AsyncSession, _run: Run) -> None:
    await service.expire(session)


jobs.every("*/10 * * * *", "counter.expire")
