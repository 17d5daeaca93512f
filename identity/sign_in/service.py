"""Turns whoever proved themselves into a session of this browser: a new one, or the same one stepped up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.people import queries as people
from identity.people.models import Person, PersonState
from identity.people.queries import PersonNotFound
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from identity.sign_in.where import Where
from kernel.settings import settings

PASSWORD_ALONE = 1
"""The highest level a password opens without a second factor."""


async def establish(
    session: AsyncSession, person_id: UUID, *, amr: Sequence[str], where: Where, current: SignInSession | None, cap: int = 3
) -> tuple[SignInSession, str] | None:
    """The session and its new secret; None where the account is not active, and for invented people in production.

    `current` is the session this browser shows: the same person's is stepped up, another's ends. `cap`: the highest level the method opens.
    """
    # An account that is being closed or lowered just now is waited for: it would end only the sign-ins that are there already.
    await session.execute(select(Person.id).where(Person.id == person_id).with_for_update(read=True))
    try:
        card = await people.card(session, person_id)
    except PersonNotFound:
        return None
    if card.state is not PersonState.ACTIVE or (card.demo and settings().environment == "production"):
        return None
    acr = min(card.level, cap)
    if current is not None and current.person_id == person_id:
        return current, await sessions.renew(session, current, acr=acr, amr=amr)
    if current is not None:
        await sessions.end(session, current.id, because="replaced")
    return await sessions.start(session, person_id, acr=acr, amr=amr, device=where.device, network=where.network, place=where.place)
