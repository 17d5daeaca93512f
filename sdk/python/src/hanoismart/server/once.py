"""Remembers in the backend's own database what counts once, so that two workers and a restart change nothing."""

from sqlalchemy import Boolean, Column, DateTime, MetaData, String, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from hanoismart import clock
from hanoismart.miniapp.once import KEPT, LEASE, Taken


def taken_table(metadata: MetaData) -> Table:
    """The table of keys; make it with your migrations."""
    return Table(
        "taken_once",
        metadata,
        Column("key", String(300), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False, index=True),
        Column("done", Boolean, nullable=False),
    )


class SqlOnce:
    """The port `hanoismart.Once` over PostgreSQL: one statement decides whose a key is."""

    def __init__(self, engine: AsyncEngine, table: Table) -> None:
        self._engine = engine
        self._table = table

    async def take(self, key: str) -> Taken:
        """See Once."""
        now, columns = clock.now(), self._table.c
        row = insert(self._table).values(key=key, at=now, done=False)
        over = (~columns.done & (columns.at <= now - LEASE)) | (columns.done & (columns.at <= now - KEPT))
        mine = row.on_conflict_do_update(index_elements=[columns.key], set_={"at": now, "done": False}, where=over).returning(columns.key)
        async with self._engine.begin() as connection:
            if (await connection.execute(mine)).one_or_none() is not None:
                return Taken.YOURS
            done = await connection.scalar(select(columns.done).where(columns.key == key))
        return Taken.DONE if done else Taken.BUSY

    async def finish(self, key: str) -> None:
        """See Once."""
        async with self._engine.begin() as connection:
            await connection.execute(update(self._table).where(self._table.c.key == key).values(done=True, at=clock.now()))

    async def release(self, key: str) -> None:
        """See Once."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(self._table).where(self._table.c.key == key, ~self._table.c.done))

    async def purge(self) -> int:
        """Forget what is older than seven days; how many rows went."""
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(self._table).where(self._table.c.at <= clock.now() - KEPT))
        return gone.rowcount
