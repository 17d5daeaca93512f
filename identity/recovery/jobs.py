"""Removes recoveries that led to nothing, and those that are long over."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.recovery.models import CancelLink, Recovery
from kernel import purging
from kernel.jobs import jobs

KEPT = timedelta(days=30)


@jobs.job("recovery.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    """What was proved stays a month behind its end, for the person and for whoever is asked about it."""
    moment = now()
    await purging.bit(session, CancelLink, CancelLink.expires_at < moment)
    led_to_nothing = Recovery.ready_at.is_(None) & (Recovery.expires_at < moment - timedelta(days=1))
    await purging.bit(session, Recovery, led_to_nothing | (Recovery.expires_at < moment - KEPT))


jobs.every("*/15 * * * *", "recovery.purge")
