"""The whole log as CSV or JSON, streamed page by page after the request's session is let go."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import tuple_

from hanoismart.server.database import Database
from identity.disclosures.models import Disclosure
from identity.disclosures.service import about, plain

PAGE: Final = 500
COLUMNS: Final = (
    "id",
    "at",
    "reader",
    "organisation_vi",
    "organisation_en",
    "role",
    "attributes",
    "purpose_code",
    "purpose_vi",
    "purpose_en",
    "legal_basis",
    "request_id",
    "outcome",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def rows(database: Database, person_id: UUID) -> AsyncIterator[list[Disclosure]]:
    """The person's rows, the oldest first, in pages that each hold a session only while they are read."""
    after: tuple[object, object] | None = None
    while True:
        async with database.session() as session:
            wanted = about(person_id).order_by(Disclosure.at, Disclosure.id).limit(PAGE)
            if after is not None:
                wanted = wanted.where(tuple_(Disclosure.at, Disclosure.id) > after)
            found = list(await session.scalars(wanted))
        if found:
            yield found
            after = (found[-1].at, found[-1].id)
        if len(found) < PAGE:
            return


async def as_json(database: Database, person_id: UUID) -> AsyncIterator[bytes]:
    """One JSON array."""
    yield b"["
    first = True
    async for page in rows(database, person_id):
        for row in page:
            yield (b"" if first else b",") + orjson.dumps(plain(row))
            first = False
    yield b"]"


async def as_csv(database: Database, person_id: UUID) -> AsyncIterator[bytes]:
    """RFC 4180 with a byte order mark; a cell that a spreadsheet would calculate begins with an apostrophe."""
    yield "\ufeff".encode() + _line(COLUMNS)
    async for page in rows(database, person_id):
        for row in page:
            told = plain(row) | {"attributes": " ".join(row.attributes)}
            yield _line([str(told[name] or "") for name in COLUMNS])


def _line(cells: list[str] | tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue().encode()
