"""Invented people for the demo city: marked as such, with what a real one would have had to prove; never in production."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.attestations import service as attestations
from identity.attestations.models import AttestationKind
from identity.attestations.service import NewAttestation
from identity.credentials import service as credentials
from identity.people import service as people
from identity.people.models import PersonKind
from identity.people.service import NewPerson
from identity.places import queries as places
from identity.test_citizens import service as citizens
from identity.test_citizens.service import Listed
from kernel.settings import UnsafeSettings, settings

__all__ = [
    "Invented",
    "Listed",
    "ask_for_passkey",
    "invent",
    "keep_passkey",
    "make_test_citizens",
    "test_citizen",
    "test_citizens",
]
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented resident. `unit_id`: where residence counts as attested, by an officer of `organisation_id`."""

    name: str
    level: int = 2
    unit_id: UUID | None = None
    organisation_id: UUID | None = None
    attested_by: UUID | None = None


def _refuse_in_production() -> None:
    if settings().environment == "production":
        raise UnsafeSettings("invented people never meet real ones")


async def invent(session: AsyncSession, who: Invented) -> UUID:
    """Make the person. Raises UnsafeSettings in production."""
    _refuse_in_production()
    person_id = await people.create(session, NewPerson(PersonKind.RESIDENT, who.name, who.level, demo=True))
    if who.unit_id is not None and who.organisation_id is not None and who.attested_by is not None:
        today = places.today()
        residence = NewAttestation(
            person_id=person_id,
            kind=AttestationKind.RESIDENCE,
            organisation_id=who.organisation_id,
            unit_id=who.unit_id,
            valid_from=today,
            valid_to=(now() + YEAR).date(),
            reference="demo",
        )
        await attestations.issue(session, residence, issued_by=who.attested_by)
    return person_id


async def make_test_citizens(session: AsyncSession) -> int:
    """Make the twenty test citizens where they are missing; how many were. The wards are there. Raises UnsafeSettings in production."""
    return await citizens.found(session)


async def test_citizens(session: AsyncSession) -> list[Listed]:
    """The test citizens of this sandbox; none in production."""
    return await citizens.listed(session)


async def test_citizen(session: AsyncSession, number: str) -> UUID | None:
    """The test citizen of a telephone number; None for any other, and in production."""
    return await citizens.find(session, number)


async def ask_for_passkey(session: AsyncSession, bound_to: str) -> credentials.Ask:
    """Raises UnsafeSettings in production."""
    _refuse_in_production()
    return await credentials.ask_to_register(session, bound_to=bound_to)


async def keep_passkey(session: AsyncSession, person_id: UUID, ask: credentials.Ask, credential: Mapping[str, Any], bound_to: str) -> None:
    """Register an invented person's passkey without a proofing. Raises UnsafeSettings in production."""
    _refuse_in_production()
    await credentials.register(session, person_id, ask.challenge_id, dict(credential), bound_to=bound_to, label="demo")
