"""Keyset paging: every list is cut by an opaque signed cursor, never by an offset, and never counted."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text

Row = TypeVar("Row")
SIGNATURE = 16
MAX_CURSOR = 600


class CursorInvalid(Problem):
    code = "paging.cursor_invalid"
    status = 400
    title = Text(vi="Con trỏ trang không hợp lệ cho danh sách này", en="The page cursor is not valid for this list")


class Cursors:
    """Signs and reads cursors. A cursor holds the sort values of the last item and is bound to its list and filters.

    The first key signs, all of them count.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def keys(self) -> Sequence[bytes]:
        """Those of this moment, the one that signs first."""
        return self._keys

    def write(self, scope: str, values: Sequence[object]) -> str:
        payload = orjson.dumps([_plain(value) for value in values])
        return base64.urlsafe_b64encode(_sign(self.keys()[0], scope, payload) + payload).decode().rstrip("=")

    def read(self, scope: str, cursor: str) -> list[Any]:
        """The plain sort values. Raises CursorInvalid."""
        if len(cursor) > MAX_CURSOR:
            raise CursorInvalid
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError as error:
            raise CursorInvalid from error
        signature, payload = raw[:SIGNATURE], raw[SIGNATURE:]
        if not any(hmac.compare_digest(signature, _sign(key, scope, payload)) for key in self.keys()):
            raise CursorInvalid
        values: list[Any] = orjson.loads(payload)
        return values


def _sign(key: bytes, scope: str, payload: bytes) -> bytes:
    bound = hashlib.sha256(scope.encode()).digest()
    return hmac.new(key, bound + payload, hashlib.sha256).digest()[:SIGNATURE]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _typed(value: Any, kind: type) -> object:
    if issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    return UUID(value) if issubclass(kind, UUID) else value


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asked of a list: how many (1 to 100), and from where."""

    limit: int
    cursor: str | None
    scope: str
    cursors: Cursors

    def after(self, kinds: Sequence[type]) -> list[object] | None:
        """The typed sort values to continue after, or None at the start. Raises CursorInvalid."""
        if self.cursor is None:
            return None
        values = self.cursors.read(self.scope, self.cursor)
        if len(values) != len(kinds):
            raise CursorInvalid
        return [_typed(value, kind) for value, kind in zip(values, kinds, strict=True)]

    def page(self, rows: Sequence[Row], key: Callable[[Row], Sequence[object]]) -> "Page[Row]":
        """Cut `limit + 1` rows to a page; the extra row only tells that there is more."""
        more = len(rows) > self.limit
        kept = list(rows[: self.limit])
        return Page(kept, self.cursors.write(self.scope, key(kept[-1])) if more else None)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: list[Row]
    next: str | None


async def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="how many items")] = 20,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")] = None,
) -> PageRequest:
    filters = sorted((name, value) for name, value in request.query_params.multi_items() if name not in {"limit", "cursor"})
    caller = request.scope.get("caller")
    subject = getattr(caller, "subject", "")
    scope = f"{request.url.path}\x1f{filters}\x1f{subject}"
    return PageRequest(limit, cursor, scope, request.scope["runtime"].cursors)


Paging = Annotated[PageRequest, Depends(_page_request)]


async def paginate(
    session: AsyncSession,
    statement: Select[Any],
    by: Sequence[Any],
    request: PageRequest,
    *,
    newest_first: bool = True,
) -> Page[Any]:
    """One page of `statement`, ordered by the unique columns `by`, all in one direction.

    Rows are what the statement selects (an entity alone comes as the entity); the columns in `by` must be attributes of them by name.
    Raises CursorInvalid.
    """
    after = request.after([column.type.python_type for column in by])
    if after is not None:
        keys = tuple_(*by)
        values = tuple_(*(literal(value, column.type) for value, column in zip(after, by, strict=True)))
        statement = statement.where(keys < values if newest_first else keys > values)
    ordered = statement.order_by(*(column.desc() if newest_first else column.asc() for column in by)).limit(request.limit + 1)
    result = await session.execute(ordered)
    rows = result.scalars().all() if len(statement.column_descriptions) == 1 else result.all()
    return request.page(rows, lambda row: [getattr(row, column.key or "") for column in by])
