"""Forgets launches and codes that have served."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from plugins.codes import service as codes
from plugins.launch.models import Launch

KEPT = timedelta(days=30)


@jobs.job("plugins.forget_launches", lane="bulk")
async def forget_launches(session: AsyncSession, _run: Run) -> None:
    """Remove launches thirty days after they ended."""
    await session.execute(delete(Launch).where(Launch.expires_at < now() - KEPT))


@jobs.job("plugins.forget_codes", lane="bulk")
async def forget_codes(session: AsyncSession, _run: Run) -> None:
    """Remove codes a day after they ended."""
    await codes.forget(session)


jobs.every("17 3 * * *", "plugins.forget_launches")
jobs.every("37 * * * *", "plugins.forget_codes")
