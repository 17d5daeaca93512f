"""The fact and not the file: whether an attestation counts for somebody today, for many people at once."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.attestations.models import Attestation, AttestationKind
from identity.people.models import Person, PersonState
from identity.places.models import AdminUnit
from identity.places.queries import today

_LEVEL_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """`unit_code`: the commune, of a residence that counts."""

    holds: bool
    unit_code: str | None = None


async def facts(
    session: AsyncSession, person_ids: Collection[UUID], kinds: Collection[AttestationKind]
) -> dict[UUID, dict[AttestationKind, Fact]]:
    """For every person asked about, every kind asked for; below identity level 2, and for whoever is not here, nothing holds."""
    day = today()
    rows = await session.execute(
        select(Attestation.person_id, Attestation.kind, AdminUnit.gso_code)
        .join(Person, Person.id == Attestation.person_id)
        .outerjoin(AdminUnit, AdminUnit.id == Attestation.unit_id)
        .where(
            Attestation.person_id.in_(person_ids),
            Attestation.kind.in_(kinds),
            Attestation.revoked_at.is_(None),
            Attestation.valid_from <= day,
            Attestation.valid_to >= day,
            Person.level >= _LEVEL_NEEDED,
            Person.state.in_([PersonState.ACTIVE, PersonState.LOCKED]),
        )
    )
    found = {person_id: dict.fromkeys(kinds, Fact(holds=False)) for person_id in person_ids}
    for row in rows:
        found[row.person_id][row.kind] = Fact(holds=True, unit_code=row.gso_code)
    return found


async def current(session: AsyncSession, person_id: UUID) -> dict[str, str | None]:
    """The kinds that hold today; a residence with the code of its commune (GSO), the others with nothing."""
    found = (await facts(session, [person_id], list(AttestationKind)))[person_id]
    return {kind.value: fact.unit_code for kind, fact in found.items() if fact.holds}
