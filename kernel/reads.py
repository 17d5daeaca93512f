"""Hot reads: a Core statement compiled once at start and run on asyncpg; ten named endpoints at most use it."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects import registry

from hanoismart.server.database import Database


class HotRead:
    """A statement whose bind parameters are all named by `bindparam`; LIMIT is written as a literal, or PostgreSQL plans every call."""

    def __init__(self, name: str, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=registry.load("postgresql.asyncpg")(), compile_kwargs={"render_postcompile": True})
        self.name = name
        self.sql = str(compiled)
        self._order: Sequence[str] = list(compiled.positiontup or ())

    async def all(self, database: Database, **values: Any) -> list[asyncpg.Record]:
        async with database.reader() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(self.sql, *(values[name] for name in self._order))
            return rows

    async def one(self, database: Database, **values: Any) -> asyncpg.Record | None:
        async with database.reader() as connection:
            row: asyncpg.Record | None = await connection.fetchrow(self.sql, *(values[name] for name in self._order))
            return row
