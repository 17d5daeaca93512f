"""Tells the house when an attestation has run out; it stopped counting with its last day."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.attestations.models import Attestation
from identity.events import AttestationEnded
from identity.places.queries import today
from kernel.events import emit
from kernel.jobs import jobs

BATCH = 1_000


@jobs.job("attestations.lapse", lane="bulk")
async def lapse(session: AsyncSession, _run: Run) -> None:
    """Once per attestation, some hundreds at a time."""
    over = select(Attestation).where(Attestation.revoked_at.is_(None), Attestation.lapsed_at.is_(None), Attestation.valid_to < today())
    for row in await session.scalars(over.limit(BATCH).with_for_update(skip_locked=True)):
        row.lapsed_at = now()
        await emit(session, AttestationEnded(row.person_id, row.kind.value))
    await session.flush()


jobs.every("*/15 * * * *", "attestations.lapse")
