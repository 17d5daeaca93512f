"""Says in time that a root or a revocation list ends: a figure, a line in the log, and an event that reaches staff."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.events import TrustRunningOut
from identity.proofing.trust.models import TrustCertificate, TrustRevocationList
from identity.settings import settings
from kernel.events import emit
from kernel.jobs import jobs

log = structlog.get_logger()


@jobs.job("trust.check", lane="bulk")
async def check(session: AsyncSession, _run: Run) -> None:
    """Alarm once per certificate and list; a list's newer edition is another row."""
    soon = now() + timedelta(days=settings().trust_alarm_days)
    roots = select(TrustCertificate).where(TrustCertificate.alarmed_at.is_(None), TrustCertificate.not_after <= soon)
    for root in await session.scalars(roots):
        root.alarmed_at = now()
        await _alarm(session, root.country, "certificate", root.fingerprint, root.not_after)
    lists = select(TrustRevocationList).where(TrustRevocationList.alarmed_at.is_(None), TrustRevocationList.next_update <= soon)
    for listed in await session.scalars(lists):
        listed.alarmed_at = now()
        await _alarm(session, listed.country, "revocation_list", listed.fingerprint, listed.next_update or now())


async def _alarm(session: AsyncSession, country: str, what: str, fingerprint: str, until: datetime) -> None:
    days = (until - now()).days
    log.warning("trust.running_out", country=country, what=what, fingerprint=fingerprint[:16], days=days)
    await emit(session, TrustRunningOut(country, what, fingerprint, days))


jobs.every("40 1 * * *", "trust.check")
