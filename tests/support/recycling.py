"""Empties a used database so that the next test gets it as new: a tenth of what another copy of the template costs."""

from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import make_url

MOST_BYTES: Final = 2_000_000
"""A table that grew beyond is dropped with its database: emptying it costs more than a copy."""
# Everything a test could have altered besides rows: relations, columns, constraints, triggers, functions, settings.
SHAPE: Final = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
  SELECT concat_ws(',', 'relation', c.oid, c.relname, c.relkind, c.relacl, c.relrowsecurity) AS line FROM pg_class c JOIN pg_namespace n
    ON n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  UNION ALL SELECT concat_ws(',', 'column', a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attisdropped)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  UNION ALL SELECT concat_ws(',', 'default', adrelid, adnum, md5(adbin::text)) FROM pg_attrdef
  UNION ALL SELECT concat_ws(',', 'constraint', oid, conname, convalidated) FROM pg_constraint
  UNION ALL SELECT concat_ws(',', 'trigger', oid, tgname, tgenabled) FROM pg_trigger
  UNION ALL SELECT concat_ws(',', 'function', p.oid, md5(p.prosrc)) FROM pg_proc p JOIN pg_namespace n
    ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  UNION ALL SELECT concat_ws(',', 'schema', oid, nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
  UNION ALL SELECT concat_ws(',', 'extension', extname) FROM pg_extension
  UNION ALL SELECT concat_ws(',', 'setting', setconfig) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS everything
"""
TABLES: Final = """
SELECT c.oid::regclass::text AS name, pg_table_size(c.oid) AS size FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND pg_relation_size(c.oid) > 0
"""
SEQUENCES: Final = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a copy of the template looks like before anybody used it: its shape, and the rows migrations brought, by table."""

    shape: str
    rows: dict[str, str]


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


async def look(url: str) -> Fresh:
    connection = await connect(url)
    try:
        tables = [row["name"] for row in await connection.fetch(TABLES)]
        return Fresh(await connection.fetchval(SHAPE), await _rows(connection, tables))
    finally:
        await connection.close()


async def emptied(url: str, fresh: Fresh) -> bool:
    """Whether the database is again as it was when it was new; if not, it is of no use to anybody."""
    connection = await connect(url)
    try:
        if await connection.fetchval(SHAPE) != fresh.shape:
            return False
        tables = {row["name"]: row["size"] for row in await connection.fetch(TABLES)}
        if any(size > MOST_BYTES for size in tables.values()) or await _rows(connection, list(fresh.rows)) != fresh.rows:
            return False
        # In this role neither foreign keys nor the triggers that keep histories whole have a say.
        emptying = "".join(f"DELETE FROM {name};" for name in tables if name not in fresh.rows)  # noqa: S608 (names of ours)
        await connection.execute(f"SET session_replication_role = replica; {emptying}")
        await connection.execute(SEQUENCES)
        return True
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, tables: list[str]) -> dict[str, str]:
    found = " UNION ALL ".join(
        f"SELECT '{name}' AS name, md5(string_agg(one::text, ' ' ORDER BY one::text)) AS rows FROM {name} AS one"  # noqa: S608 (names of ours)
        for name in tables
    )
    return {row["name"]: row["rows"] for row in await connection.fetch(found) if row["rows"]} if found else {}
