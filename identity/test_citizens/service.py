"""Makes the test citizens of a sandbox, finds them by their reserved telephone numbers, and signs them in with the code everybody knows."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.emulator.citizens import CITIZENS, CODE, Citizen
from hanoismart.text import Text
from identity.attestations import service as attestations
from identity.attestations.models import AttestationKind
from identity.attestations.service import NewAttestation
from identity.contacts import numbers
from identity.contacts.models import Phone
from identity.contacts.numbers import NumberRefused
from identity.contacts.service import PHONE_INDEX
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from identity.people import service as people
from identity.people import vault
from identity.people.models import Attribute, Person, PersonKind, PersonState
from identity.people.service import NewPerson
from identity.places import queries as places
from kernel.sealing import blind_index, blind_indexes
from kernel.settings import UnsafeSettings, settings

VERIFIED: Final = 2
_LOCK: Final = 8_490_000_000
_VALID: Final = timedelta(days=3650)
_OFFICER: Final = "Cán bộ Thử Nghiệm"
_COMMITTEE: Final = Text(vi="Uỷ ban nhân dân thành phố Hà Nội", en="Hanoi People's Committee")


@dataclass(frozen=True, slots=True)
class Listed:
    """A test citizen of this sandbox, as developers are told of them."""

    name: str
    phone: str
    code: str
    level: int
    language: str


def allowed() -> bool:
    """Whether there may be test citizens here: never in production."""
    return settings().environment != "production"


async def found(session: AsyncSession) -> int:
    """Make those that are not there yet, with the wards' units known; how many were made. Raises UnsafeSettings in production."""
    if not allowed():
        raise UnsafeSettings("invented people never meet real ones")
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    missing = [one for one in CITIZENS if await _person(session, one.phone) is None]
    if missing:
        committee = await organisations.ensure(session, "H26", _COMMITTEE, OrganisationKind.AGENCY)
        officer = await people.create(session, NewPerson(PersonKind.RESIDENT, _OFFICER, VERIFIED, demo=True))
        for one in missing:
            await _make(session, one, committee.id, officer)
    return len(missing)


async def sign_in(session: AsyncSession, number: str, code: str) -> UUID | None:
    """The test citizen of a number, for the code of all of them; None for every other number or code, and in production."""
    same = hmac.compare_digest(code.strip().encode(), CODE.encode())
    return await find(session, number) if same else None


async def find(session: AsyncSession, number: str) -> UUID | None:
    """The test citizen of a telephone number, however it is written; None where there is none, and in production."""
    try:
        return await _person(session, numbers.read(number).e164) if allowed() else None
    except NumberRefused:
        return None


async def listed(session: AsyncSession) -> list[Listed]:
    """Those that are here, by number; none in production."""
    if not allowed():
        return []
    here = [one for one in CITIZENS if await _person(session, one.phone) is not None]
    return [Listed(one.name, one.phone, CODE, one.level, one.language) for one in here]


async def _person(session: AsyncSession, e164: str) -> UUID | None:
    """Whoever holds a reserved number; invented people alone are looked for, for nobody else can have proved one."""
    if e164 not in numbers.RESERVED:
        return None
    rows = blind_indexes(e164, purpose=PHONE_INDEX)
    holder = select(Phone.person_id).join(Person, Person.id == Phone.person_id)
    mine = (tuple_(Phone.key_id, Phone.digest).in_(list(rows.items())), Phone.ended_at.is_(None))
    person_id: UUID | None = await session.scalar(holder.where(*mine, Person.demo, Person.state == PersonState.ACTIVE))
    return person_id


async def _make(session: AsyncSession, one: Citizen, committee: UUID, officer: UUID) -> None:
    new = NewPerson(PersonKind.RESIDENT, one.name, one.level, locale=one.language, demo=True)
    person_id = await people.create(session, new)
    number = numbers.read(one.phone)
    key_id, digest = blind_index(number.e164, purpose=PHONE_INDEX)
    session.add(
        Phone(person_id=person_id, key_id=key_id, digest=digest, hint=number.hint, vietnamese_mobile=True, verified_at=now()),
    )
    await vault.seal(session, person_id, {Attribute.PHONE: number.e164})
    if one.level < VERIFIED:
        return
    unit, today = await places.unit_by_code(session, one.ward_code), places.today()
    residence = NewAttestation(
        person_id=person_id,
        kind=AttestationKind.RESIDENCE,
        organisation_id=committee,
        unit_id=unit.id,
        valid_from=today,
        valid_to=today + _VALID,
        reference="test",
    )
    await attestations.issue(session, residence, issued_by=officer)
