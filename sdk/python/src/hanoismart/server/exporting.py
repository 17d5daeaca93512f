"""Whole lists as a file, JSON or CSV, read page by page so that neither a session nor memory is held while somebody downloads."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import orjson
from fastapi.responses import StreamingResponse
from sqlalchemy import Select, tuple_

from hanoismart.server.database import Database

PAGE: Final = 500
FORMATS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {}, "application/json": {}}, "description": "the whole list"}
}
"""The documented answer of a route that exports."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
Format = Literal["csv", "json"]
Plain = Callable[[Any], Mapping[str, Any]]


def exported(
    database: Database, statement: Select[Any], by: Sequence[Any], plain: Plain, *, name: str, form: Format, columns: Sequence[str]
) -> StreamingResponse:
    """The file `name.csv` or `name.json` of a statement's rows, oldest first by the unique columns `by`; `columns` are keys of `plain`."""
    pages = _pages(database, statement, by)
    body = _as_csv(pages, plain, columns) if form == "csv" else _as_json(pages, plain)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(body, media_type="text/csv; charset=utf-8" if form == "csv" else "application/json", headers=headers)


async def _pages(database: Database, statement: Select[Any], by: Sequence[Any]) -> AsyncIterator[list[Any]]:
    """Pages that each hold a session only while they are read."""
    after: tuple[object, ...] | None = None
    while True:
        wanted = statement.order_by(*by).limit(PAGE)
        if after is not None:
            wanted = wanted.where(tuple_(*by) > after)
        async with database.session() as session:
            found = list(await session.scalars(wanted))
        if found:
            yield found
            after = tuple(getattr(found[-1], column.key) for column in by)
        if len(found) < PAGE:
            return


async def _as_json(pages: AsyncIterator[list[Any]], plain: Plain) -> AsyncIterator[bytes]:
    """One JSON array."""
    yield b"["
    between = b""
    async for page in pages:
        for row in page:
            yield between + orjson.dumps(plain(row))
            between = b","
    yield b"]"


async def _as_csv(pages: AsyncIterator[list[Any]], plain: Plain, columns: Sequence[str]) -> AsyncIterator[bytes]:
    """RFC 4180 with a byte order mark; a cell that a spreadsheet would calculate begins with an apostrophe."""
    yield "\ufeff".encode() + _line(columns)
    async for page in pages:
        for row in page:
            told = plain(row)
            yield _line([_cell(told[name]) for name in columns])


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return orjson.dumps(value).decode()
    return " ".join(value) if isinstance(value, list | tuple) else str(value or "")


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue().encode()
