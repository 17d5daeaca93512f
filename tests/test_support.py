"""What the shared databases of the tests promise, because every other test rests on it."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hanoismart.server.database import Database
from tests.support import recycling
from tests.support.databases import clone, drop
from tests.support.people import a_person

_TABLE = "CREATE TABLE IF NOT EXISTS support_probe (id int PRIMARY KEY, other int REFERENCES support_probe DEFERRABLE INITIALLY DEFERRED)"


async def _probes(database: Database) -> int | None:
    async with database.session() as session:
        count: int | None = await session.scalar(text("SELECT count(*) FROM support_probe"))
        return count


async def _insert(database: Database, *rows: tuple[int, int | None], then: Exception | None = None) -> None:
    async with database.transaction() as session:
        for number, other in rows:
            async with session.begin_nested():
                await session.execute(text("INSERT INTO support_probe VALUES (:id, :other)"), {"id": number, "other": other})
        if then:
            raise then


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_commit_in_the_fast_database_lasts_for_the_test_and_no_longer(db: Database, turn: int) -> None:
    async with db.transaction() as session:
        assert await session.scalar(text("SELECT to_regclass('support_probe')")) is None
        await session.execute(text(_TABLE))
    await _insert(db, (1, None))
    with pytest.raises(ZeroDivisionError):
        await _insert(db, (2, None), then=ZeroDivisionError())
    assert await _probes(db) == 1
    async with db.reader() as reader:
        assert await reader.fetchval("SELECT count(*) FROM support_probe") == 1


async def test_a_commit_in_the_fast_database_checks_deferred_constraints(db: Database) -> None:
    async with db.transaction() as session:
        await session.execute(text(_TABLE))
    await _insert(db, (1, 2), (2, 1))
    with pytest.raises(IntegrityError):
        await _insert(db, (3, 99))
    await _insert(db, (3, 4), (4, 3))
    assert await _probes(db) == 4


@pytest.mark.parametrize("turn", [1, 2])
async def test_a_committed_database_is_new_for_each_test_and_seen_by_all(committed_db: Database, turn: int) -> None:
    async with committed_db.transaction() as session:
        assert await session.scalar(text("SELECT to_regclass('support_probe')")) is None
        await session.execute(text(_TABLE))
        async with committed_db.reader() as reader:
            assert await reader.fetchval("SELECT to_regclass('support_probe')") is None
    async with committed_db.reader() as reader:
        assert await reader.fetchval("SELECT count(*) FROM support_probe") == 0


@pytest.mark.parametrize("turn", [1, 2])
async def test_the_cache_is_empty_at_first(redis: Redis, turn: int) -> None:
    assert await redis.dbsize() == 0
    await redis.set("lan", "1")


async def test_a_used_database_is_given_out_again_only_as_new(template_database: str) -> None:
    url = await clone(template_database)
    fresh = await recycling.look(url)
    database = Database(url)
    async with database.transaction() as session:
        await a_person(session)
        position = await session.scalar(text("SELECT nextval('identity.revocation_position_seq')"))
    await database.dispose()
    assert await recycling.emptied(url, fresh)
    assert await recycling.look(url) == fresh
    again = Database(url)
    async with again.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM identity.person")) == 0
        assert await session.scalar(text("SELECT nextval('identity.revocation_position_seq')")) == position
        await a_person(session)
    await again.dispose()
    await drop(url)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE kept (id int)",
        "CREATE SCHEMA kept",
        "ALTER TABLE identity.person ADD COLUMN kept int",
        "ALTER TABLE kernel.audit_entry DISABLE TRIGGER USER",
        "CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "UPDATE identity.step_up_rule SET frozen = NOT frozen",
        "DELETE FROM social.budget",
    ],
)
async def test_a_database_that_was_altered_is_never_given_out_again(template_database: str, change: str) -> None:
    url = await clone(template_database)
    fresh = await recycling.look(url)
    database = Database(url)
    async with database.transaction() as session:
        await session.execute(text(change))
    await database.dispose()
    assert not await recycling.emptied(url, fresh)
    await drop(url)
