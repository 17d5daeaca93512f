"""Erasing an account: the person's key is destroyed, what nothing asks for goes, and what the law keeps stays without a name (ADR 0021)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.text import Text
from identity.access.models import RoleHolding
from identity.consent import service as consent
from identity.consent.models import Consent
from identity.devices.models import Device
from identity.events import AccountErased
from identity.mandates.models import Delegation, Guardianship, OrganisationMandate
from identity.moderation.models import Sanction
from identity.people import vault
from identity.people.models import Person, PersonIndex, PersonState
from identity.people.queries import every_self
from identity.privacy import holdings
from identity.sessions import service as sessions
from kernel.audit import record
from kernel.events import emit

NAMELESS: Final = Text(vi="Tài khoản đã xóa", en="Erased account")
BECAUSE: Final = "erased"


async def erase(session: AsyncSession, person_id: UUID) -> bool:
    """Erases the account for good, with every account merged into it; False where it was erased before.

    Emits AccountErased, for each of them, to the floors above.
    """
    person = await session.scalar(select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True))
    if person is None or person.state is PersonState.CLOSED:
        return False
    await sessions.end_all(session, person_id, because=BECAUSE)
    await _end_what_was_given(session, person_id)
    if not await _restricted(session, person_id):
        # Nothing stands against the person: they may come back some day, as somebody new to us.
        await session.execute(delete(PersonIndex).where(PersonIndex.person_id == person_id))
    for each in await every_self(session, person_id):
        await _forget(session, each)
    return True


async def _forget(session: AsyncSession, person_id: UUID) -> None:
    person = await session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    await vault.destroy(session, person_id)
    await holdings.delete_rows(session, person_id)
    person.display_name, person.display_name_folded = NAMELESS.vi, ""
    person.state, person.level, person.stay_ends_on, person.adult_on = PersonState.CLOSED, 0, None, None
    await session.flush()
    await record(session, actor="system:privacy", action="person.erased", subject=f"person:{person_id}")
    await emit(session, AccountErased(person_id))


async def release_indexes(session: AsyncSession, *, limit: int) -> int:
    """Lets erased people go whose restriction has ended meanwhile; how many rows of the index that was."""
    moment = now()
    held = (
        select(PersonIndex.person_id)
        .join(Person, Person.id == PersonIndex.person_id)
        .where(Person.state == PersonState.CLOSED, Person.display_name == NAMELESS.vi, ~_runs(moment, PersonIndex.person_id))
        .limit(limit)
    )
    gone = await session.scalars(delete(PersonIndex).where(PersonIndex.person_id.in_(held)).returning(PersonIndex.key_id))
    return len(gone.all())


async def _end_what_was_given(session: AsyncSession, person_id: UUID) -> None:
    moment = now()
    for client_id in set(
        await session.scalars(select(Consent.client_id).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None)))
    ):
        await consent.withdraw(session, person_id, client_id)
    role = update(RoleHolding).where(RoleHolding.person_id == person_id, RoleHolding.ended_at.is_(None))
    await session.execute(role.values(ended_at=moment))
    mandate = update(OrganisationMandate).where(OrganisationMandate.person_id == person_id, OrganisationMandate.ended_at.is_(None))
    await session.execute(mandate.values(ended_at=moment))
    for pair, first, second in ((Guardianship, "guardian_id", "ward_id"), (Delegation, "from_person_id", "to_person_id")):
        either = or_(getattr(pair, first) == person_id, getattr(pair, second) == person_id)
        await session.execute(update(pair).where(either, pair.ended_at.is_(None)).values(ended_at=moment, state="ended"))
    await session.execute(update(Device).where(Device.person_id == person_id).values(name=NAMELESS.vi))


async def _restricted(session: AsyncSession, person_id: UUID) -> bool:
    return bool(await session.scalar(select(_runs(now(), person_id))))


def _runs(moment: datetime, person_id: object):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an exists() of the library
    """Whether a restriction of the social account still runs: nobody sheds a lock by leaving and coming back."""
    return exists().where(
        Sanction.person_id == person_id, Sanction.lifted_at.is_(None), or_(Sanction.ends_at.is_(None), Sanction.ends_at > moment)
    )
