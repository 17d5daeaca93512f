"""Up, down and up again, one step at a time and several at once, on a city where people live."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from alembic.script import ScriptDirectory
from sqlalchemy import create_mock_engine, inspect, text

from app.demo.devices.mobile import Phone
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import moderation
from identity.api.access import Role, grant_role
from kernel.embedded import Servers
from migrations import runner
from migrations.metadata import PACKAGES
from notifications.api import Category, Template, notify, register
from tests.support.databases import administer, drop, named
from tests.support.hubs import calling, phone_of, running_hub
from tests.support.miniapps import installed, manifest
from tests.support.payments import ask, call, callback

NEWS = register(Template("tests.migration_news", Category.SERVICES, Text("Tin", "News"), Text("", "")))
# Tables that ordinary life does not fill within a second are not asked for rows.
FILLED = {
    "kernel.audit_entry",
    "kernel.event",
    "identity.person",
    "identity.passkey",
    "identity.sign_in_session",
    "identity.oauth_grant",
    "identity.refresh_token",
    "identity.moderation_case",
    "notifications.notification",
    "payments.intent",
    "payments.entry",
    "payments.receipt",
    "plugins.mini_app",
    "social.post",
}


@pytest_asyncio.fixture
async def empty_url(servers: Servers) -> AsyncIterator[str]:
    """A database without a table."""
    name = f"test_{uuid4().hex}"
    await administer(servers.database_url, f"CREATE DATABASE {name}")
    url = named(servers.database_url, name)
    yield url
    await drop(url)


@pytest_asyncio.fixture
async def lived_in(cloned_url: str, redis_url: str) -> str:
    """A database in which every package has rows that came through its doors."""
    async with running_hub(cloned_url, redis_url) as hub, calling(hub) as http:
        database = hub.process.database
        async with database.transaction() as session:
            await moderation.seed(session)
            await installed(session, manifest(), jwks={"keys": []})
        lan = await phone_of(hub.process, http, name="Lan")
        minh = await phone_of(hub.process, http, name="Minh")
        await _live(database, lan, minh)
    return cloned_url


async def _live(database: Database, lan: Phone, minh: Phone) -> None:
    me = UUID((await lan.call("GET", "/v1/me")).json()["id"])
    async with database.transaction() as session:
        await grant_role(session, me, Role.MODERATOR, granted_by=None)
        await notify(session, me, NEWS.key, {}, dedupe="once")
    posted = await lan.call("POST", "/v1/posts", json={"body": "Chào buổi sáng, hồ Gươm"})
    assert posted.status_code == 201, posted.text
    body = {"subject_kind": "post", "subject_id": posted.json()["id"], "reason": "insult"}
    reported = await minh.call("POST", "/v1/moderation/reports", json=body)
    assert reported.status_code == 201, reported.text
    assert await call(lan.http, callback(await ask(database, me))) == (200, "00")


# Everything a schema is made of, in words: whoever comes by another way must come to the same.
SHAPE = """
SELECT line FROM (
    SELECT connamespace AS place, concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) AS line
        FROM pg_constraint
    UNION ALL SELECT c.relnamespace, concat_ws(' ', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'S') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT c.relnamespace, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    UNION ALL SELECT c.relnamespace, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled) FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL SELECT pronamespace, concat_ws(' ', proname, prosrc) FROM pg_proc
) AS everything JOIN pg_namespace n ON n.oid = place WHERE n.nspname = ANY(:packages) ORDER BY line
"""


async def shape(url: str) -> list[str]:
    """Tables, columns, defaults, constraints, indexes, triggers and functions of every package."""
    database = Database(url)
    async with database.session() as session:
        found = list(await session.scalars(text(SHAPE), {"packages": list(PACKAGES)}))
    await database.dispose()
    return found


async def rows(url: str) -> dict[str, int]:
    """Every table of ours with how many rows it holds."""
    database = Database(url)
    async with database.session() as session:
        wanted = text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(:packages)")
        names = list(await session.scalars(wanted, {"packages": list(PACKAGES)}))
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)  # noqa: S608 (our own tables)
        found = {name: int(count) for name, count in (await session.execute(text(counts))).all()} if names else {}
    await database.dispose()
    return found


def steps() -> list[str]:
    """Every revision, the newest first, each before what it depends on."""
    engine = create_mock_engine("postgresql+asyncpg://", lambda *_: None)
    script = ScriptDirectory.from_config(runner.configuration(engine))  # type: ignore[arg-type]  # only reads the folder
    return [revision.revision for revision in script.walk_revisions()]


async def test_models_and_migrations_agree_and_every_package_has_its_schema(empty_url: str) -> None:
    await runner.upgrade(empty_url)
    await runner.check(empty_url)
    database = Database(empty_url)
    async with database.engine.connect() as connection:
        assert set(PACKAGES) <= set(await connection.run_sync(lambda found: inspect(found).get_schema_names()))
    await database.dispose()


async def test_two_processes_may_upgrade_at_once(empty_url: str) -> None:
    await asyncio.gather(runner.upgrade(empty_url), runner.upgrade(empty_url))
    await runner.check(empty_url)


async def test_down_to_nothing_and_up_again_where_people_live(lived_in: str) -> None:
    before = await rows(lived_in)
    assert {table for table in FILLED if not before[table]} == set()
    await runner.downgrade(lived_in)
    assert await rows(lived_in) == {}
    await runner.upgrade(lived_in)
    await runner.check(lived_in)
    after = await rows(lived_in)
    assert after.keys() == before.keys()
    assert after["identity.person"] == 0


@pytest.mark.parametrize("package", sorted(PACKAGES))
async def test_one_package_goes_down_and_up_and_leaves_the_others_alone(lived_in: str, package: str) -> None:
    before = await rows(lived_in)
    await runner.downgrade(lived_in, f"{package}@base")
    kept = await rows(lived_in)
    assert not [table for table in kept if table.startswith(f"{package}.")]
    assert all(before[table] == count for table, count in kept.items())
    await runner.upgrade(lived_in)
    await runner.check(lived_in)


@pytest.mark.parametrize("package", PACKAGES)
async def test_each_step_back_can_be_taken_forward_again(lived_in: str, package: str) -> None:
    """From every earlier state of a package the newest is reached, with what people had left in it."""
    newest = await shape(lived_in)
    for earlier in [revision for revision in steps() if revision.startswith(f"{package}_")][1:]:
        await runner.downgrade(lived_in, earlier)
        held = await rows(lived_in)
        await runner.upgrade(lived_in)
        assert await shape(lived_in) == newest, earlier
        now_held = await rows(lived_in)
        # A table may leave, what stands in one may not; a step may bring rows of its own, such as times of the retention schedule.
        assert not {table for table, count in held.items() if now_held.get(table, 0) < count}
    await runner.check(lived_in)
