"""What the house may know of a person without opening anything sealed."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.attestations.models import Attestation, AttestationKind
from identity.contacts.models import Phone
from identity.people.models import Person, PersonKind, PersonState
from identity.places.queries import today


class PersonNotFound(Problem):
    code = "people.not_found"
    status = 404
    title = Text(vi="Không tìm thấy người này", en="There is no such person")


@dataclass(frozen=True, slots=True)
class PersonCard:
    """The public face of a person inside the house; `level` is the identity level (acr)."""

    id: UUID
    display_name: str
    kind: PersonKind
    level: int
    demo: bool
    state: PersonState


@dataclass(frozen=True, slots=True)
class Facts:
    """What other rooms decide by: the trust level 0 to 3, the identity level (acr), the kind, and the commune attested now."""

    trust_level: int
    acr: int
    kind: PersonKind
    residence: UUID | None


async def card(session: AsyncSession, person_id: UUID) -> PersonCard:
    """Raises PersonNotFound, also for a closed account."""
    found = (await cards(session, [person_id])).get(person_id)
    if found is None:
        raise PersonNotFound
    return found


async def cards(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, PersonCard]:
    """The cards of those who are there; closed accounts and unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    columns = (Person.id, Person.display_name, Person.kind, Person.level, Person.demo, Person.state)
    rows = await session.execute(select(*columns).where(Person.id.in_(wanted), Person.state != PersonState.CLOSED))
    return {row.id: PersonCard(row.id, row.display_name, row.kind, row.level, row.demo, row.state) for row in rows}


async def facts(session: AsyncSession, person_id: UUID) -> Facts:
    """Raises PersonNotFound."""
    day = today()
    residence = (
        select(Attestation.unit_id)
        .where(
            Attestation.person_id == Person.id,
            Attestation.kind == AttestationKind.RESIDENCE,
            Attestation.revoked_at.is_(None),
            Attestation.valid_from <= day,
            Attestation.valid_to >= day,
        )
        .limit(1)
        .scalar_subquery()
    )
    phone = exists().where(and_(Phone.person_id == Person.id, Phone.ended_at.is_(None), Phone.vietnamese_mobile))
    stays = or_(Person.stay_ends_on.is_(None), Person.stay_ends_on >= day)
    columns = (Person.kind, Person.level, residence.label("residence"), phone.label("phone"), stays.label("stays"))
    row = (
        await session.execute(select(*columns).where(Person.id == person_id, Person.state.in_([PersonState.ACTIVE, PersonState.LOCKED])))
    ).one_or_none()
    if row is None:
        raise PersonNotFound
    acr = row.level if row.stays else min(row.level, 1)
    trust = 3 if acr >= 2 and row.residence is not None else 2 if acr >= 2 else 1 if row.phone else 0
    return Facts(trust, acr, row.kind, row.residence)


def selves(person_id: UUID) -> Select[UUID]:
    """The person's account and every one that was merged into it: what stays with the old ones by its nature is theirs all the same."""
    own = select(literal(person_id, Uuid()).label("id")).cte(recursive=True)
    return select(own.union_all(select(Person.id).join(own, Person.merged_into == own.c.id)).c.id)


async def living(session: AsyncSession, person_id: UUID) -> UUID:
    """The account an id stands for today: its own, or the one it was merged into in the end."""
    found = person_id
    while (into := await session.scalar(select(Person.merged_into).where(Person.id == found))) is not None:
        found = into
    return found


async def every_self(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """As `selves`, by id; the person's own comes first."""
    return [person_id, *(each for each in await session.scalars(selves(person_id)) if each != person_id)]


async def trust_level(session: AsyncSession, person_id: UUID) -> int:
    """0 nothing, 1 a proved Vietnamese mobile number, 2 identity level 2, 3 level 2 and a residence attested now. Raises PersonNotFound."""
    return (await facts(session, person_id)).trust_level


async def residence(session: AsyncSession, person_id: UUID) -> UUID | None:
    """The administrative unit attested as the person's residence now. Raises PersonNotFound."""
    return (await facts(session, person_id)).residence


async def phone_of(session: AsyncSession, person_id: UUID) -> Phone | None:
    """The person's proved number now (its masked form and what it opens)."""
    found: Phone | None = await session.scalar(select(Phone).where(Phone.person_id == person_id, Phone.ended_at.is_(None)))
    return found


async def name_and_locale(session: AsyncSession, person_id: UUID) -> tuple[str, str]:
    """The display name, and the language the person reads. Raises PersonNotFound, also for a closed account."""
    found = await session.execute(
        select(Person.display_name, Person.locale).where(Person.id == person_id, Person.state != PersonState.CLOSED)
    )
    row = found.one_or_none()
    if row is None:
        raise PersonNotFound
    return row.display_name, row.locale


async def locale_of(session: AsyncSession, person_id: UUID) -> str:
    """`vi` or `en`. Raises PersonNotFound."""
    found: str | None = await session.scalar(select(Person.locale).where(Person.id == person_id))
    if found is None:
        raise PersonNotFound
    return found
