"""Removes devices that waited long enough and logouts that were told, so that user codes are free again and no grant is held back."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.oauth.models import DeviceAuthorization, LogoutDelivery
from kernel import purging
from kernel.jobs import jobs

TOLD = timedelta(days=30)
"""So long it can be asked whether a relying party heard of a logout."""
ANSWERED = timedelta(minutes=10)
"""So long a device that comes late is told that its code has expired."""


@jobs.job("oauth.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    await remove_over(session)


async def remove_over(session: AsyncSession) -> None:
    """A row of a device points at its grant, which cannot be removed before it."""
    moment = now()
    await purging.bit(session, DeviceAuthorization, DeviceAuthorization.expires_at < moment - ANSWERED)
    await purging.bit(session, LogoutDelivery, LogoutDelivery.created_at < moment - TOLD)


jobs.every("*/5 * * * *", "oauth.purge")
