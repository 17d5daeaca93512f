"""How those one may act for are shown: organisations by their name, people by the name on their card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.mandates import acting
from identity.mandates.acting import ActFor, MandateKind
from identity.organisations.models import Organisation
from identity.people import queries as people


@dataclass(frozen=True, slots=True)
class Shown:
    kind: str
    id: UUID
    name: Text
    roles: Sequence[str]
    until: datetime | None


async def shown(session: AsyncSession, person_id: UUID) -> list[Shown]:
    """Everybody the person may act for, by name."""
    mandates = await acting.all_of(session, person_id)
    names = await _names(session, mandates)
    return [Shown(each.kind.value, each.id, names[each.id], sorted(each.roles), each.until) for each in mandates if each.id in names]


async def _names(session: AsyncSession, mandates: Sequence[ActFor]) -> dict[UUID, Text]:
    ids = [each.id for each in mandates if each.kind is MandateKind.ORGANISATION]
    columns = (Organisation.id, Organisation.name_vi, Organisation.name_en)
    rows = (await session.execute(select(*columns).where(Organisation.id.in_(ids)))).all() if ids else []
    found = {row.id: Text(vi=row.name_vi, en=row.name_en) for row in rows}
    cards = await people.cards(session, [each.id for each in mandates if each.kind is not MandateKind.ORGANISATION])
    return found | {card.id: Text(vi=card.display_name, en=card.display_name) for card in cards.values()}
