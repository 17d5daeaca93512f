"""The database behind a process: sessions that write, a pool for hot reads, and the only place that commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from hanoismart.problems import Problem


class Database:
    """One PostgreSQL database. `sessions` commit nowhere but in `transaction` and at the HTTP edge (`edge.Unit`)."""

    def __init__(self, url: str, *, pool_size: int = 10, reads_size: int = 4, application_name: str = "hanoismart") -> None:
        self.url: URL = make_url(url)
        self._reads_size = reads_size
        self._application_name = application_name
        self._reads: asyncpg.Pool | None = None
        self._reads_lock = asyncio.Lock()
        self._pinned: AsyncConnection | None = None
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={"server_settings": self._server_settings()},
        )
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

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Any]:
        """An asyncpg connection for hot reads: autocommit, and a reset that costs no round trip (nothing in it changes the session)."""
        if self._pinned is not None:
            yield (await self._pinned.get_raw_connection()).driver_connection
            return
        pool = self._reads or await self._first_reads()
        async with pool.acquire() as connection:
            yield connection

    async def _first_reads(self) -> asyncpg.Pool:
        async with self._reads_lock:
            if self._reads is None:
                self._reads = await self._open_reads()
            return self._reads

    async def _open_reads(self) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            dsn=self.dsn,
            min_size=0,
            max_size=self._reads_size,
            reset=_no_reset,
            server_settings=self._server_settings(),
        )

    @property
    def dsn(self) -> str:
        """The libpq form of the URL, for asyncpg itself."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def dispose(self) -> None:
        if self._reads is not None:
            await self._reads.close()
            self._reads = None
        await self.engine.dispose()


async def _no_reset(_connection: Any) -> None:
    return None
