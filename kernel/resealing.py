"""Seals long-lived values again with the newest key, a few at a time, so that an old key can be taken away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy import LargeBinary as Bytes

from hanoismart.server.database import Database
from kernel.sealing import keyring

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed column of an ORM class; `context` says what binds a row's value to the row."""

    model: Any
    column: Any
    context: Callable[[Any], bytes]


_sealed: dict[str, Sealed] = {}


def register(name: str, model: Any, column: Any, context: Callable[[Any], bytes]) -> None:
    """Makes a column known, once. Raises ValueError where another has the name."""
    if name in _sealed:
        raise ValueError(f"the sealed column {name} is registered already")
    _sealed[name] = Sealed(model, column, context)


def registered() -> Mapping[str, Sealed]:
    return dict(sorted(_sealed.items()))


async def reseal(database: Database) -> dict[str, int]:
    """Every value that another key than the newest has sealed; how many by column. Safe to run again, and beside itself."""
    done: dict[str, int] = {}
    for name, found in registered().items():
        while count := await _batch(database, found):
            done[name] = done.get(name, 0) + count
    return done


async def left(database: Database, key_id: str) -> dict[str, int]:
    """How many values a key has sealed that is not the newest any more, by column."""
    counts: dict[str, int] = {}
    async with database.session() as session:
        for name, found in registered().items():
            held = _key_of(found.column) == key_id.encode()
            counted = select(func.count()).select_from(found.model).where(found.column.is_not(None), func.length(found.column) > 0, held)
            counts[name] = int(await session.scalar(counted) or 0)
    return {name: count for name, count in counts.items() if count}


async def _batch(database: Database, found: Sealed) -> int:
    ring = keyring()
    old = _key_of(found.column) != ring.current.encode()
    wanted = select(found.model).where(found.column.is_not(None), func.length(found.column) > 0, old).limit(BATCH)
    async with database.transaction() as session:
        rows = (await session.scalars(wanted.with_for_update(skip_locked=True))).all()
        for row in rows:
            context = found.context(row)
            setattr(row, found.column.key, ring.seal(ring.open(getattr(row, found.column.key), context=context), context=context))
    return len(rows)


def _key_of(column: Any) -> ColumnElement[Any]:
    """The id of the key that sealed a value: its first byte says how long, see `hanoismart.server.sealing`."""
    return func.substring(cast(column, Bytes), 2, func.get_byte(column, 0))
