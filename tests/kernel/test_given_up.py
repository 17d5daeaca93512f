"""A transaction that the database gave up for another's sake is answered with `try again`, not with a fault."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hanoismart.server.database import Database
from hanoismart.server.errors import Unavailable, Unexpected, as_problem

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


async def _deadlock(database: Database) -> DBAPIError:
    ready = asyncio.Barrier(2)

    async def both(first: int, second: int) -> None:
        async with database.transaction() as session:
            await session.execute(_LOCK, {"key": first})
            await ready.wait()
            await session.execute(_LOCK, {"key": second})

    failed = [one for one in await asyncio.gather(both(1, 2), both(2, 1), return_exceptions=True) if isinstance(one, DBAPIError)]
    assert len(failed) == 1
    return failed[0]


async def test_a_deadlock_asks_to_try_again(committed_db: Database) -> None:
    told = as_problem(await _deadlock(committed_db), "r1")
    assert (type(told), told.headers["Retry-After"]) == (Unavailable, "2")
    with pytest.raises(DBAPIError) as wrong:
        async with committed_db.transaction() as session:
            await session.execute(text("SELECT 1 / 0"))
    assert type(as_problem(wrong.value, "r1")) is Unexpected
