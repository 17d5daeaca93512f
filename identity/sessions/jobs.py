"""Keeps ended and expired sessions as long as their tokens may be asked about, then lets them go."""

from datetime import timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.oauth.models import Grant
from identity.sessions.models import SignInSession
from kernel.jobs import jobs

KEPT = timedelta(days=90)
BATCH = 5_000


@jobs.job("sessions.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    """A session goes when no grant hangs on it any more; grants are removed where they live."""
    before = now() - KEPT
    over = or_(SignInSession.ended_at < before, SignInSession.expires_at < before)
    held = exists().where(Grant.session_id == SignInSession.id)
    batch = select(SignInSession.id).where(over, ~held).limit(BATCH)
    await session.execute(delete(SignInSession).where(SignInSession.id.in_(batch)))


jobs.every("7 * * * *", "sessions.purge")
