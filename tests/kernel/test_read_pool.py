"""The pool of hot reads: bounded, fair to those who leave, and whole again after the server closed its connections."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from hanoismart.server.database import Database


@pytest_asyncio.fixture
async def database(committed_db: Database) -> AsyncIterator[Database]:
    database = Database(
        committed_db.url.render_as_string(hide_password=False), pool_size=2, reads_size=2, application_name="reads under test"
    )
    yield database
    await database.dispose()


async def _pid(database: Database, seconds: float = 0) -> int:
    async with database.reader() as reader:
        await reader.fetchval("SELECT pg_sleep($1)", seconds)
        return int(await reader.fetchval("SELECT pg_backend_pid()"))


async def test_many_readers_share_few_connections(database: Database) -> None:
    pids = await asyncio.gather(*(_pid(database, 0.01) for _ in range(20)))
    assert len(set(pids)) == 2


async def test_a_refused_query_keeps_its_connection(database: Database) -> None:
    before = await _pid(database)
    with pytest.raises(asyncpg.PostgresError):
        async with database.reader() as reader:
            await reader.fetchval("SELECT 1 / 0")
    assert await _pid(database) == before


async def test_readers_who_leave_take_no_place_with_them(database: Database) -> None:
    busy = [asyncio.create_task(_pid(database, 5)) for _ in range(2)]
    waiting = [asyncio.create_task(_pid(database)) for _ in range(4)]
    await asyncio.sleep(0.2)
    for task in (*busy, *waiting[:2]):
        task.cancel()
    async with asyncio.timeout(3):
        await asyncio.gather(*busy, return_exceptions=True)
        assert all(isinstance(pid, int) for pid in await asyncio.gather(*waiting[2:]))
        assert len(set(await asyncio.gather(*(_pid(database, 0.05) for _ in range(6))))) == 2


async def test_one_who_leaves_as_a_connection_is_handed_over_passes_it_on(database: Database) -> None:
    pool = database._reads
    held = [await pool.acquire(), await pool.acquire()]
    leaving, staying = asyncio.create_task(_pid(database)), asyncio.create_task(_pid(database))
    await asyncio.sleep(0.05)
    pool.release(held[0], whole=True)
    leaving.cancel()
    assert await asyncio.wait_for(staying, 3) == held[0].get_server_pid()
    pool.release(held[1], whole=True)


async def test_reads_and_sessions_go_on_after_the_server_closed_their_connections(database: Database, committed_db: Database) -> None:
    await asyncio.gather(_pid(database, 0.05), _pid(database, 0.05))
    async with database.session() as session:
        await session.execute(text("SELECT 1"))
    async with committed_db.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reads under test'"))
    await asyncio.sleep(0.2)
    assert await _pid(database) > 0
    async with database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_server_that_is_away_is_told_and_leaves_no_gap(committed_db: Database) -> None:
    away = Database(committed_db.url.set(query={"host": "/nowhere"}).render_as_string(hide_password=False), reads_size=1)
    for _ in range(3):
        with pytest.raises(OSError, match=r"nowhere|No such file|could not"):
            await _pid(away)
    await away.dispose()
