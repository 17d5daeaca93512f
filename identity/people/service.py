"""Making a person, and raising what is known of them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold
from hanoismart.ids import new_id
from identity.events import AccountVerified
from identity.people import vault
from identity.people.models import Person, PersonKind, PersonState
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
    person = await session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise LookupError("nobody has this id")
    if person.state is PersonState.PENDING:
        person.state = PersonState.ACTIVE
    person.level = max(person.level, level)
    await session.flush()
    await record(session, actor="system:identity", action="person.level", subject=f"person:{person_id}", facts={"level": person.level})
    await emit(session, AccountVerified(person_id, person.level))
