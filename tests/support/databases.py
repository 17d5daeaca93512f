"""Databases for tests: one migrated template per run, clones of it, and a fast one whose every change is undone."""

import asyncio
import fcntl
import importlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from hanoismart.server.database import Database
from kernel.embedded import Servers
from tests.support import recycling

_REPOSITORY = Path(__file__).parents[2]
TEMPLATE = "hanoismart_template"
KEPT = 2
"""Emptied databases one worker keeps."""
_shelf: list[str] = []
_fresh: list[recycling.Fresh] = []


def named(url: str, database: str) -> str:
    """The same server's other database."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


async def administer(url: str, *statements: str) -> list[asyncpg.Record]:
    """Runs statements outside a transaction on the server behind `url`; the rows of the last one."""
    dsn = make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[asyncpg.Record] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def template_database(servers: Servers, servers_root: Path) -> str:
    """The URL of a database with every migration applied and nobody in it, made by whichever worker comes first."""
    with (servers_root / "template.lock").open("w") as lock, ThreadPoolExecutor(1) as thread:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread.submit(asyncio.run, _make_template(servers.database_url)).result()
    return named(servers.database_url, TEMPLATE)


async def _make_template(url: str) -> None:
    """It appears under its name only when it is whole."""
    if await administer(url, f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):  # noqa: S608 - a constant
        return
    half = f"{TEMPLATE}_part"
    await administer(url, f"DROP DATABASE IF EXISTS {half}", f"CREATE DATABASE {half}")
    if (_REPOSITORY / "migrations" / "runner.py").exists():
        await importlib.import_module("migrations.runner").upgrade(named(url, half))
    await administer(url, f"ALTER DATABASE {half} ALLOW_CONNECTIONS false", f"ALTER DATABASE {half} RENAME TO {TEMPLATE}")


async def clone(url: str) -> str:
    """The URL of a database like the template, which nobody else uses; `drop` takes it away."""
    name = f"test_{uuid4().hex}"
    if _shelf:
        await administer(url, f"ALTER DATABASE {_shelf.pop()} RENAME TO {name}")
        return named(url, name)
    await administer(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    fresh = named(url, name)
    if not _fresh:
        _fresh.append(await recycling.look(fresh))
    return fresh


async def drop(url: str) -> None:
    """Nobody reaches it by this URL any more. Emptied, it is kept for the next `clone` of this worker; else it is gone."""
    name = make_url(url).database or ""
    kept = f"kept_{uuid4().hex}"
    if _fresh and name.startswith("test_") and len(_shelf) < KEPT and await _renamed(url, name, kept):
        name = kept
        if await recycling.emptied(named(url, kept), _fresh[0]):
            _shelf.append(kept)
            return
    await administer(url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _renamed(url: str, name: str, kept: str) -> bool:
    """Whether everybody left it when told to; somebody who holds on keeps it from being used again."""
    try:
        await administer(
            url,
            f"SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 (a name of ours)
            f"ALTER DATABASE {name} RENAME TO {kept}",
        )
    except asyncpg.ObjectInUseError:
        return False
    return True


@pytest_asyncio.fixture
async def cloned_url(template_database: str) -> AsyncIterator[str]:
    """A migrated database of this test alone, by its URL: for what is started as a process of its own."""
    url = await clone(template_database)
    yield url
    await drop(url)


@pytest_asyncio.fixture
async def committed_db(cloned_url: str) -> AsyncIterator[Database]:
    """A migrated database of this test alone, where commits are real: for races, hot reads, notifications, journeys."""
    database = Database(cloned_url)
    yield database
    await database.dispose()


@pytest_asyncio.fixture(scope="session")
async def _shared_engine(template_database: str) -> AsyncIterator[AsyncEngine]:
    url = await clone(template_database)
    engine = create_async_engine(url, pool_size=1, max_overflow=0)
    yield engine
    await engine.dispose()
    await drop(url)


@pytest_asyncio.fixture
async def db(_shared_engine: AsyncEngine) -> AsyncIterator[Database]:
    """The fast database: every session joins one connection, a commit is a savepoint, and all is undone after the test.

    For one task at a time; what must be seen from a second connection needs `committed_db`.
    """
    async with _shared_engine.connect() as connection:
        undone = await connection.begin()
        yield Database.on(connection)
        await undone.rollback()


@pytest_asyncio.fixture
async def session(db: Database) -> AsyncIterator[AsyncSession]:
    """One session of the fast database, for tests of services below the edge."""
    async with db.session() as session:
        yield session


@event.listens_for(Session, "before_commit")
def _check_deferred_constraints(session: Session) -> None:
    """A savepoint that stands for a commit checks what a commit checks: the modes go back afterwards, the verdict stays."""
    if session.join_transaction_mode != "create_savepoint" or session.in_nested_transaction() or not isinstance(session.bind, Connection):
        return
    session.flush()
    transaction = session.get_transaction()
    if transaction is None or not transaction._connections:
        return
    with session.connection().begin_nested() as check:
        check.connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        check.rollback()
