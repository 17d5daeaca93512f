"""Removes offers of authenticator apps that nobody took up."""

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.factors.models import Totp
from kernel import purging
from kernel.jobs import jobs


@jobs.job("factors.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    await purging.bit(session, Totp, Totp.expires_at < now())


jobs.every("*/10 * * * *", "factors.purge")
