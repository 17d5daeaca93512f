"""The database behind a process: sessions that write, a pool for hot reads, and the only place that commits."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from hanoismart.problems import Problem
from hanoismart.server.read_pool import Lent, ReadPool


class Database:
    """One PostgreSQL database. `sessions` commit nowhere but in `transaction` and at the HTTP edge (`edge.Unit`)."""

    def __init__(self, url: str, *, pool_size: int = 10, reads_size: int = 4, application_name: str = "hanoismart") -> None:
        self.url: URL = make_url(url)
        self._application_name = application_name
        self._reads = ReadPool(self._connect_alone, reads_size)
        self._atoms = ReadPool(self._connect_alone, reads_size)
        self._pinned: AsyncConnection | None = None
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            connect_args={"server_settings": self._server_settings()},
        )
        event.listen(self.engine.sync_engine, "checkout", _living)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @classmethod
    def on(cls, connection: AsyncConnection) -> "Database":
        """A database whose every session joins one open connection with savepoints: the fast test fixture."""
        database = cls(connection.engine.url.render_as_string(hide_password=False))
        database._sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        database._pinned = connection
        return database

    def _server_settings(self) -> dict[str, str]:
        return {
            "application_name": self._application_name,
            "timezone": "UTC",
            "statement_timeout": "15000",
            "idle_in_transaction_session_timeout": "30000",
        }

    def session(self) -> AsyncSession:
        return self._sessions()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work outside a request: committed when the block ends, rolled back when it raises.

        A Problem with `keep` is committed and raised on.
        """
        async with self.session() as session:
            try:
                yield session
            except Problem as problem:
                if problem.keep:
                    await session.commit()
                raise
            await session.commit()

    def reader(self) -> AbstractAsyncContextManager[Any]:
        """An asyncpg connection for hot reads: single statements in autocommit, which change nothing in the session."""
        return Lent(self._reads) if self._pinned is None else self._alone_on(self._pinned)

    def atom(self) -> AbstractAsyncContextManager[Any]:
        """An asyncpg connection for one statement that changes something: the statement is the whole transaction, all of it or nothing.

        A pool apart from the readers', who would otherwise wait for the disk with it.
        """
        return Lent(self._atoms) if self._pinned is None else self._alone_on(self._pinned)

    @asynccontextmanager
    async def _alone_on(self, pinned: AsyncConnection) -> AsyncIterator[Any]:
        yield (await pinned.get_raw_connection()).driver_connection

    async def _connect_alone(self) -> asyncpg.Connection:
        return await asyncpg.connect(dsn=self.dsn, server_settings=self._server_settings())

    @property
    def dsn(self) -> str:
        """The libpq form of the URL, for asyncpg itself."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def dispose(self) -> None:
        await self._reads.close()
        await self._atoms.close()
        await self.engine.dispose()


def _living(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool replace a connection the server has closed: asyncpg knows without asking, where a ping costs a round trip each time."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
