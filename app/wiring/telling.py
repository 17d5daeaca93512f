"""How reactions tell a person something: nobody is told who has left, as an erased account keeps no inbox."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import people
from notifications.api import Template, Value, notify


async def tell(
    session: AsyncSession,
    person_id: UUID,
    template: Template,
    data: Mapping[str, Value] | None = None,
    *,
    dedupe: str,
    link: str | None = None,
) -> None:
    """The inbox row and its deliveries, once per `dedupe`, where the account is there."""
    if await people.cards(session, [person_id]):
        await notify(session, person_id, template.key, data or {}, dedupe=dedupe, link=link)
