"""What identity itself hands in for an archive."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from identity.disclosures import service as disclosures
from identity.disclosures.models import Disclosure
from identity.people.models import Attribute, Person
from identity.people.queries import every_self
from identity.privacy.holdings import HOLDINGS, rows_of
from identity.privacy.sources import register_source

READER = disclosures.Reader(
    "agency", "hanoismart.privacy", Text(vi="HanoiSmart, theo yêu cầu của bạn", en="HanoiSmart, at your request"), "privacy"
)
TOLD = Text(vi="Lập bản sao dữ liệu bạn yêu cầu", en="Making the copy of your data you asked for")


async def account(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """The card and the sealed attributes, opened for the person and written into their own log."""
    person = await session.get_one(Person, person_id)
    purpose = disclosures.Purpose("privacy.export", TOLD, "Luật 91/2025/QH15, Điều 4")
    values = await disclosures.read(session, person_id, list(Attribute), READER, purpose)
    columns = ("id", "kind", "display_name", "level", "state", "locale", "stay_ends_on", "created_at")
    return {name: getattr(person, name) for name in columns} | {"attributes": values}


async def rooms(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """The rows in every room of identity of the person, and of accounts that were merged into theirs."""
    every = await every_self(session, person_id)
    return {one.table: [row for each in every for row in await rows_of(session, one, each)] for one in HOLDINGS if one.exported}


async def readings(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    """Who looked at the person's data, without what the law still delays."""
    rows = await session.scalars(disclosures.about(person_id).order_by(Disclosure.id))
    return [disclosures.plain(row) for row in rows]


register_source("account", account)
register_source("identity", rooms)
register_source("disclosures", readings)
