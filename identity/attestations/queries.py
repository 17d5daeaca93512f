"""What is attested of a person today: the facts, without who said so or why."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.attestations.models import Attestation
from identity.places import queries as places
from identity.places.models import AdminUnit


async def current(session: AsyncSession, person_id: UUID) -> dict[str, str | None]:
    """The kinds that hold today; a residence with the code of its commune (GSO), the others with nothing."""
    today = places.today()
    rows = await session.execute(
        select(Attestation.kind, AdminUnit.gso_code)
        .outerjoin(AdminUnit, AdminUnit.id == Attestation.unit_id)
        .where(
            Attestation.person_id == person_id,
            Attestation.revoked_at.is_(None),
            Attestation.valid_from <= today,
            Attestation.valid_to >= today,
        )
    )
    return {str(kind): code for kind, code in rows}
