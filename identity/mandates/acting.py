"""Who may act for whom at this moment: the one question every token with a mandate is answered from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.mandates.models import (
    Delegation,
    Ground,
    Guardianship,
    OrganisationDelegation,
    OrganisationMandate,
    OrganisationRole,
    PairState,
)
from identity.organisations.models import Organisation, OrganisationState
from identity.people.models import Person, PersonState
from identity.places.queries import CITY

_LIVING = (PersonState.ACTIVE, PersonState.LOCKED)


class MandateMissing(Problem):
    """Nobody acts for another without a mandate that counts now; why it does not is not told."""

    code = "mandates.missing"
    status = 403
    title = Text(vi="Bạn không có quyền thay mặt trong việc này", en="You have no mandate for this")


class MandateKind(StrEnum):
    ORGANISATION = "organisation"
    WARD = "ward"
    DELEGATOR = "delegator"


@dataclass(frozen=True, slots=True)
class ActFor:
    """For whom somebody acts, as what, and until when at the latest (None: no end is set)."""

    kind: MandateKind
    id: UUID
    roles: frozenset[str]
    until: datetime | None


def key_of(person_id: UUID, kind: MandateKind, target_id: UUID) -> str:
    """What a token with this mandate is revoked by."""
    return f"{person_id}:{kind}:{target_id}"


async def acting(session: AsyncSession, person_id: UUID, kind: MandateKind, target_id: UUID) -> ActFor:
    """The mandate that counts now. Raises MandateMissing."""
    look = {MandateKind.ORGANISATION: acting_for, MandateKind.WARD: acting_for_ward, MandateKind.DELEGATOR: acting_for_delegator}[kind]
    return await look(session, person_id, target_id)


async def acting_for(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> ActFor:
    """What the person is for the organisation now: every role they hold there. Raises MandateMissing."""
    rows = (await session.execute(_mandates(person_id).where(OrganisationMandate.organisation_id == organisation_id))).all()
    if not rows:
        raise MandateMissing
    roles = frozenset(row.role.value for row in rows)
    return ActFor(
        MandateKind.ORGANISATION, organisation_id, roles, _earliest(end for row in rows for end in (row.valid_until, row.lent_until))
    )


async def acting_for_ward(session: AsyncSession, person_id: UUID, ward_id: UUID) -> ActFor:
    """Raises MandateMissing, also from the morning of the ward's eighteenth birthday."""
    row = (await session.execute(_wards(person_id).where(Guardianship.ward_id == ward_id))).one_or_none()
    if row is None:
        raise MandateMissing
    until = _earliest((row.valid_until, _of_age(row.ground, row.adult_on)))
    if until is not None and until <= now():
        raise MandateMissing
    return ActFor(MandateKind.WARD, ward_id, frozenset({"guardian"}), until)


async def acting_for_delegator(session: AsyncSession, person_id: UUID, delegator_id: UUID) -> ActFor:
    """Every scope of the powers of attorney that count now, until the first of them ends. Raises MandateMissing."""
    rows = (await session.execute(_delegations(person_id).where(Delegation.from_person_id == delegator_id))).all()
    if not rows:
        raise MandateMissing
    scopes = frozenset(scope for row in rows for scope in row.scopes)
    return ActFor(MandateKind.DELEGATOR, delegator_id, scopes, _earliest(row.valid_until for row in rows))


async def all_of(session: AsyncSession, person_id: UUID) -> list[ActFor]:
    """Everybody the person may act for."""
    organisations = {row.organisation_id for row in (await session.execute(_mandates(person_id))).all()}
    wards = {row.ward_id for row in (await session.execute(_wards(person_id))).all()}
    delegators = {row.from_person_id for row in (await session.execute(_delegations(person_id))).all()}
    targets = [(MandateKind.ORGANISATION, each) for each in organisations]
    targets += [(MandateKind.WARD, each) for each in wards] + [(MandateKind.DELEGATOR, each) for each in delegators]
    found: list[ActFor] = []
    for kind, target in sorted(targets):
        try:
            found.append(await acting(session, person_id, kind, target))
        except MandateMissing:  # a ward who came of age this very day
            continue
    return found


async def guardians_of(session: AsyncSession, ward_id: UUID) -> list[UUID]:
    """The guardians who count now."""
    statement = select(Guardianship.guardian_id, Guardianship.ground, Guardianship.valid_until, Person.adult_on)
    rows = await session.execute(
        statement.join(Person, Person.id == Guardianship.ward_id).where(Guardianship.ward_id == ward_id, *_active())
    )
    return [row.guardian_id for row in rows if not _over(row.ground, row.adult_on)]


async def wards_of(session: AsyncSession, guardian_id: UUID) -> list[UUID]:
    """The wards whom the guardian stands for."""
    return [row.ward_id for row in (await session.execute(_wards(guardian_id))).all() if not _over(row.ground, row.adult_on)]


async def require_role(session: AsyncSession, person_id: UUID, organisation_id: UUID, role: OrganisationRole) -> OrganisationMandate:
    """The mandate that gives the person this very role there now. Raises MandateMissing."""
    statement = _current(select(OrganisationMandate), person_id)
    statement = statement.where(OrganisationMandate.organisation_id == organisation_id, OrganisationMandate.role == role)
    found: OrganisationMandate | None = await session.scalar(statement)
    if found is None:
        raise MandateMissing
    return found


def majority(adult_on: date) -> datetime:
    """The moment at which a person comes of age: midnight in the city (Civil Code 2015 Art. 20)."""
    return datetime.combine(adult_on, time(), CITY)


async def members(session: AsyncSession, organisation_id: UUID, roles: Collection[OrganisationRole]) -> list[UUID]:
    """Who holds one of these roles for an organisation now, each person once."""
    moment = now()
    held = (
        select(OrganisationMandate.person_id)
        .join(Person, Person.id == OrganisationMandate.person_id)
        .where(
            OrganisationMandate.organisation_id == organisation_id,
            OrganisationMandate.role.in_(roles),
            OrganisationMandate.ended_at.is_(None),
            OrganisationMandate.valid_from <= moment,
            or_(OrganisationMandate.valid_until.is_(None), OrganisationMandate.valid_until > moment),
            Person.state.in_(_LIVING),
        )
    )
    return list(await session.scalars(held.distinct()))


def _mandates(person_id: UUID) -> Select[*tuple[Any, ...]]:
    columns = (OrganisationMandate.organisation_id, OrganisationMandate.role, OrganisationMandate.valid_until)
    return _current(select(*columns, OrganisationDelegation.valid_until.label("lent_until")), person_id)


def _current(statement: Select[*tuple[Any, ...]], person_id: UUID) -> Select[*tuple[Any, ...]]:
    moment = now()
    lent = or_(
        OrganisationMandate.delegation_id.is_(None),
        (OrganisationDelegation.ended_at.is_(None))
        & (OrganisationDelegation.valid_from <= moment)
        & or_(OrganisationDelegation.valid_until.is_(None), OrganisationDelegation.valid_until > moment),
    )
    return (
        statement.join(Organisation, Organisation.id == OrganisationMandate.organisation_id)
        .join(Person, Person.id == OrganisationMandate.person_id)
        .outerjoin(OrganisationDelegation, OrganisationDelegation.id == OrganisationMandate.delegation_id)
        .where(
            OrganisationMandate.person_id == person_id,
            OrganisationMandate.ended_at.is_(None),
            OrganisationMandate.valid_from <= moment,
            or_(OrganisationMandate.valid_until.is_(None), OrganisationMandate.valid_until > moment),
            Organisation.state == OrganisationState.CONFIRMED,
            Person.state.in_(_LIVING),
            lent,
        )
    )


def _active() -> tuple[Any, ...]:
    ends = or_(Guardianship.valid_until.is_(None), Guardianship.valid_until > now())
    return (Guardianship.state == PairState.ACTIVE, ends, Person.state.in_(_LIVING))


def _wards(guardian_id: UUID) -> Select[*tuple[Any, ...]]:
    columns = (Guardianship.ward_id, Guardianship.ground, Guardianship.valid_until, Person.adult_on)
    return select(*columns).join(Person, Person.id == Guardianship.ward_id).where(Guardianship.guardian_id == guardian_id, *_active())


def _delegations(to_person_id: UUID) -> Select[*tuple[Any, ...]]:
    moment = now()
    return (
        select(Delegation.from_person_id, Delegation.scopes, Delegation.valid_until)
        .join(Person, Person.id == Delegation.from_person_id)
        .where(
            Delegation.to_person_id == to_person_id,
            Delegation.state == PairState.ACTIVE,
            Delegation.valid_from <= moment,
            Delegation.valid_until > moment,
            Person.state.in_(_LIVING),
        )
    )


def _of_age(ground: Ground, adult_on: date | None) -> datetime | None:
    """When a minor's guardianship ends by law; incapacity does not end with age. A ward without a date came of age long ago."""
    if ground is Ground.INCAPACITY:
        return None
    return majority(adult_on) if adult_on is not None else now()


def _over(ground: Ground, adult_on: date | None) -> bool:
    end = _of_age(ground, adult_on)
    return end is not None and end <= now()


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
