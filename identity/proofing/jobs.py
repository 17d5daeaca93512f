"""Keeps the tables of proofing flat: sessions that led to nothing and secrets that are over."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.proofing.models import Enrolment, ProofingSession, ProofingState
from kernel.jobs import jobs

_TRACE_KEPT = timedelta(days=1)
_DECIDED_KEPT = timedelta(days=30)
_LED_TO_NOTHING = (ProofingState.OPEN, ProofingState.REFUSED)
_DECIDED = (ProofingState.VERIFIED, ProofingState.REJECTED)


@jobs.job("proofing.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    """What waits for a reviewer stays, however long it takes."""
    moment = now()
    await session.execute(delete(Enrolment).where(Enrolment.expires_at < moment - _TRACE_KEPT))
    for states, kept in ((_LED_TO_NOTHING, _TRACE_KEPT), (_DECIDED, _DECIDED_KEPT)):
        over = ProofingSession.created_at < moment - kept
        await session.execute(delete(ProofingSession).where(ProofingSession.state.in_(states), over))


jobs.every("*/5 * * * *", "proofing.purge")
