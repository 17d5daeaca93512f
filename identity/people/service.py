"""Making a person, raising and lowering what is known of them, and closing an account."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold
from hanoismart.ids import new_id
from identity.access.models import RoleHolding
from identity.events import AccountClosed, AccountVerified, LevelLowered
from identity.mandates.ending import end_all_of
from identity.people import vault
from identity.people.models import Closing, Person, PersonKind, PersonState
from identity.sessions import service as sessions
from kernel.audit import record
from kernel.events import emit


@dataclass(frozen=True, slots=True, repr=False)
class NewPerson:
    """What makes a person; everything else is added under the account."""

    kind: PersonKind
    display_name: str
    level: int
    state: PersonState = PersonState.ACTIVE
    locale: str = "vi"
    demo: bool = False
    stay_ends_on: date | None = None
    adult_on: date | None = None


async def create(session: AsyncSession, new: NewPerson) -> UUID:
    """Makes the account and its key. Emits AccountVerified where the person starts at level 1 or higher and is not pending."""
    person = Person(
        id=new_id(),
        kind=new.kind,
        display_name=new.display_name,
        display_name_folded=fold(new.display_name),
        level=new.level,
        state=new.state,
        demo=new.demo,
        locale=new.locale,
        stay_ends_on=new.stay_ends_on,
        adult_on=new.adult_on,
    )
    session.add(person)
    await session.flush()
    await vault.make_key(session, person.id)
    await record(session, actor="system:identity", action="person.created", subject=f"person:{person.id}", facts={"level": new.level})
    if new.level > 0 and new.state is PersonState.ACTIVE:
        await emit(session, AccountVerified(person.id, new.level))
    return person.id


async def activate(session: AsyncSession, person_id: UUID, level: int) -> None:
    """Ends the waiting of a pending person, or raises an active one's level; a level is never lowered here."""
    person = await locked(session, person_id)
    if person.state is PersonState.PENDING:
        person.state = PersonState.ACTIVE
    person.level = max(person.level, level)
    await session.flush()
    await record(session, actor="system:identity", action="person.level", subject=f"person:{person_id}", facts={"level": person.level})
    await emit(session, AccountVerified(person_id, person.level))


async def set_level(session: AsyncSession, person_id: UUID, level: int, *, because: str) -> None:
    """Raises or lowers the level of somebody who is here; a lowered one ends every sign-in, for its tokens say more than is true now.

    Emits AccountVerified or LevelLowered; the same level changes nothing. Raises LookupError for nobody.
    """
    person = await locked(session, person_id)
    before, person.level = person.level, level
    if level == before:
        return
    await session.flush()
    facts = {"level": level, "before": before, "because": because}
    await record(session, actor="system:identity", action="person.level", subject=f"person:{person_id}", facts=facts)
    if level > before:
        await emit(session, AccountVerified(person_id, level))
        return
    await sessions.end_all(session, person_id, because=because)
    await emit(session, LevelLowered(person_id, level, because))


async def close(
    session: AsyncSession, person_id: UUID, because: Closing, *, merged_into: UUID | None = None, by: UUID | None = None
) -> None:
    """Closes the account for good: every sign-in, mandate and staff role ends, and nobody is shown it any more. Emits AccountClosed.

    Closing twice changes nothing. Raises LookupError for nobody.
    """
    person = await locked(session, person_id)
    if person.state is PersonState.CLOSED:
        return
    person.state, person.closed_at, person.closed_because, person.merged_into = PersonState.CLOSED, now(), because, merged_into
    await session.flush()
    await sessions.end_all(session, person_id, because=f"closed: {because}")
    await end_all_of(session, person_id, by=by)
    offices = update(RoleHolding).where(RoleHolding.person_id == person_id, RoleHolding.ended_at.is_(None))
    await session.execute(offices.values(ended_at=now()))
    actor = f"person:{by}" if by else "system:identity"
    await record(session, actor=actor, action="person.closed", subject=f"person:{person_id}", facts={"because": because.value})
    await emit(session, AccountClosed(person_id, because.value))


async def rename(session: AsyncSession, person_id: UUID, name: str) -> bool:
    """Takes over the name a document proves; whether it was another one before."""
    person = await locked(session, person_id)
    if person.display_name == name:
        return False
    person.display_name, person.display_name_folded = name, fold(name)
    await session.flush()
    await record(session, actor="system:identity", action="person.name_corrected", subject=f"person:{person_id}")
    return True


async def locked(session: AsyncSession, person_id: UUID) -> Person:
    """The person's row, held until the transaction ends. Raises LookupError for nobody."""
    person = await session.scalar(select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True))
    if person is None:
        raise LookupError("nobody has this id")
    return person
