"""Removes rows that are over in small bits, so that no removal holds locks or bloats a transaction, however much there is."""

from datetime import timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.database import Database

BATCH: Final = 10_000
BUDGET: Final = timedelta(seconds=50)


async def remove(database: Database, table: Any, over: ColumnElement[bool], *, budget: timedelta = BUDGET, batch: int = BATCH) -> int:
    """Deletes what is over, a batch per transaction, until nothing is left or the time is used up; how many rows went."""
    return await _in_bits(database, table, over, lambda chosen: delete(table).where(chosen), budget, batch)


async def bit(session: AsyncSession, table: Any, over: ColumnElement[bool], *, batch: int = 5 * BATCH) -> int:
    """One batch in the caller's transaction, for tables of which little is over at a time; the next run takes the next."""
    result: Any = await session.execute(_statement(table, over, lambda chosen: delete(table).where(chosen), batch))
    return int(result.rowcount)


async def change(
    database: Database, table: Any, over: ColumnElement[bool], values: dict[str, Any], *, budget: timedelta = BUDGET, batch: int = BATCH
) -> int:
    """Rewrites what is over, such as emptying a column; `over` must not hold for a row that was rewritten."""
    return await _in_bits(database, table, over, lambda chosen: update(table).where(chosen).values(**values), budget, batch)


async def _in_bits(database: Database, table: Any, over: ColumnElement[bool], work: Any, budget: timedelta, batch: int) -> int:
    statement = _statement(table, over, work, batch)
    total, stop = 0, monotonic() + budget.total_seconds()
    while True:
        async with database.transaction() as session:
            result: Any = await session.execute(statement)
        gone = int(result.rowcount)
        total += gone
        if gone < batch or monotonic() > stop:
            return total


def _statement(table: Any, over: ColumnElement[bool], work: Any, batch: int) -> Any:
    """By the rows' physical places: a scan of the matching ones, then exactly those, without a sort and without a second search."""
    place: ColumnElement[Any] = literal_column("ctid")
    found = select(place).select_from(table).where(over).limit(batch)
    return work(place == func.any(func.array(found.scalar_subquery()))).execution_options(synchronize_session=False)
