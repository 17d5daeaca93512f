"""Reminds apps of what they owe."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from plugins.erasures import service


@jobs.job("plugins.remind_of_erasures", lane="bulk")
async def remind_of_erasures(session: AsyncSession, _run: Run) -> None:
    """Ask again every app that has not said it erased."""
    await service.remind(session)


jobs.every("23 * * * *", "plugins.remind_of_erasures")
