"""Puts the verified name beside what a person wrote, for a whole page in one question to identity."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.schemas import Out
from identity.api import people


class AuthorOut(Out):
    id: UUID
    name: str | None
    """None for an account that was closed."""
    kind: str | None
    level: int


async def authors(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, AuthorOut]:
    """One entry for each id."""
    wanted = set(ids)
    cards = await people.cards(session, wanted)
    return {
        person_id: AuthorOut(id=person_id, name=card.display_name, kind=card.kind.value, level=card.level)
        if (card := cards.get(person_id))
        else AuthorOut(id=person_id, name=None, kind=None, level=0)
        for person_id in wanted
    }
