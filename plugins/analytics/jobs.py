"""Rolls usage up every five minutes, and forgets what has been counted."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel import purging
from kernel.jobs import jobs
from plugins.analytics import service
from plugins.analytics.models import ConsentStep, HourlyUsage
from plugins.gateway.models import PassageRow

AGAIN: Final = timedelta(hours=2)
"""So far back hours are counted anew: passages are written a second late, and a worker may have been away for a while."""
PASSAGES_KEPT: Final = timedelta(days=8)
STEPS_KEPT: Final = timedelta(days=100)
USAGE_KEPT: Final = timedelta(days=400)


@jobs.job("plugins.roll_up_usage", lane="bulk")
async def roll_up(session: AsyncSession, _run: Run) -> None:
    """Count the hours up to this moment."""
    moment = now()
    await service.roll_up(session, (moment - AGAIN).replace(minute=0, second=0, microsecond=0), moment)


@jobs.steps("plugins.forget_passages", lane="bulk")
async def forget(run: Run) -> None:
    """Remove passages a week after they were counted, steps of consent after a quarter, hours after a year."""
    moment = now()
    await purging.remove(run.database, PassageRow, PassageRow.at < moment - PASSAGES_KEPT)
    await purging.remove(run.database, ConsentStep, ConsentStep.at < moment - STEPS_KEPT)
    await purging.remove(run.database, HourlyUsage, HourlyUsage.hour < moment - USAGE_KEPT)


jobs.every("*/5 * * * *", "plugins.roll_up_usage")
jobs.every("23 2 * * *", "plugins.forget_passages")
