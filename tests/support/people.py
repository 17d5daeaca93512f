"""Persons for tests, made through the doors a real one comes through, without the chip."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import identity.jobs  # noqa: F401 (whoever makes a person may tell them something, which is a job)
from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.api import disclosures, mandates
from identity.attestations import service as attestations
from identity.attestations.models import AttestationKind
from identity.attestations.service import NewAttestation
from identity.contacts import service as contacts
from identity.contacts.numbers import Number
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from identity.people import service as people
from identity.people.models import PersonKind
from identity.people.service import NewPerson
from identity.places import service as places
from identity.places.models import AdminUnit
from identity.places.queries import today
from identity.sessions import service as sessions

READER = disclosures.Reader("agency", "H26.15", Text(vi="Sở Xây dựng", en="Department of Construction"), "officer")
PURPOSE = disclosures.Purpose("parking.permit", Text(vi="Cấp thẻ đỗ xe", en="Parking permit"), "Điều 13", "req-1")


async def a_person(
    session: AsyncSession,
    *,
    name: str = "Lan",
    level: int = 2,
    phone: bool = True,
    ward: str | UUID | None = None,
    kind: str = "resident",
    locale: str = "vi",
) -> UUID:
    """A new person. `phone`: with a Vietnamese mobile number proved. `ward`: a commune's code or id where residence is attested."""
    person_id = await people.create(session, NewPerson(PersonKind(kind), name, level, locale=locale))
    if phone:
        await contacts._take(session, person_id, Number(f"+8491{new_id().int % 10**7:07d}", vietnamese=True))
    if ward is not None:
        await _attest_residence(session, person_id, ward)
    return person_id


async def a_sign_in(session: AsyncSession, person_id: UUID, *, acr: int = 2, amr: Sequence[str] = ("hwk", "user")) -> UUID:
    """A sign-in of the person, just now, by a passkey."""
    row, _ = await sessions.start(session, person_id, acr=acr, amr=amr, device="test")
    return row.id


async def a_ward(session: AsyncSession, code: str = "00070") -> UUID:
    """The commune of this code; the city's list is seeded where it is not there yet."""
    await places.seed(session)
    found: UUID | None = await session.scalar(select(AdminUnit.id).where(AdminUnit.gso_code == code))
    assert found is not None
    return found


async def an_agency(session: AsyncSession, code: str = "H26.15") -> UUID:
    """An agency of the city."""
    name = Text(vi="Ủy ban nhân dân phường", en="Ward people's committee")
    return (await organisations.ensure(session, code, name, OrganisationKind.AGENCY)).id


async def an_officer(session: AsyncSession, organisation_id: UUID, *, area: UUID | None = None) -> UUID:
    """A person who attests for the organisation, by a mandate of its administrator's."""
    boss, officer = await a_person(session, name="Administrator"), await a_person(session, name="Officer")
    await mandates.first_administrator(session, organisation_id, boss, confirmed_by=None)
    await mandates.grant(
        session, mandates.NewMandate(organisation_id, officer, mandates.OrganisationRole.OFFICER, area_id=area), granted_by=boss
    )
    return officer


async def _attest_residence(session: AsyncSession, person_id: UUID, ward: str | UUID) -> None:
    unit_id = ward if isinstance(ward, UUID) else await a_ward(session, ward)
    new = NewAttestation(
        person_id=person_id,
        kind=AttestationKind.RESIDENCE,
        organisation_id=await an_agency(session),
        valid_from=today() - timedelta(days=1),
        valid_to=(now() + timedelta(days=365)).date(),
        reference="HK-1",
        unit_id=unit_id,
    )
    await attestations.issue(session, new, issued_by=new_id())
