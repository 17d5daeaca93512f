"""Keeps the tables of sign-in flat: what has expired is removed continuously."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.credentials.models import Challenge
from identity.oauth.models import AuthorizationCode, PushedRequest, RefreshToken, SpentIdentifier
from identity.oauth.pushed import OPEN
from identity.sessions.models import Revocation
from kernel.jobs import jobs

# A used code or token stays a while, so that its second use is recognised for what it is.
REMEMBERED = timedelta(days=1)


@jobs.job("oauth.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    moment = now()
    await session.execute(delete(SpentIdentifier).where(SpentIdentifier.expires_at < moment))
    await session.execute(delete(PushedRequest).where(PushedRequest.expires_at < moment - OPEN))
    await session.execute(delete(Challenge).where(Challenge.expires_at < moment))
    await session.execute(delete(AuthorizationCode).where(AuthorizationCode.expires_at < moment - REMEMBERED))
    await session.execute(delete(RefreshToken).where(RefreshToken.expires_at < moment - REMEMBERED))
    await session.execute(delete(Revocation).where(Revocation.at < moment - timedelta(hours=1)))


jobs.every("* * * * *", "oauth.purge")
