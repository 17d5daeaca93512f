"""Migrations of one schema with its own version table, run by a command or at start-up of a mini-app."""

from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

LOCK = 0x4853_4D31  # one migration at a time in a database


def config_for(folder: Path, schema: str, url: str) -> Config:
    """An Alembic configuration for the scripts in `folder`, whose tables and version table live in `schema`."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["schema"] = schema
    config.attributes["url"] = url
    return config


async def upgrade(folder: Path, schema: str, url: str, revision: str = "heads") -> None:
    """Bring `schema` to `revision`, creating the schema when it is not there. Safe to run from several processes at once."""
    await _within(folder, schema, url, lambda config: command.upgrade(config, revision))


async def downgrade(folder: Path, schema: str, url: str, revision: str = "base") -> None:
    await _within(folder, schema, url, lambda config: command.downgrade(config, revision))


async def _within(folder: Path, schema: str, url: str, run: Any) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    config = config_for(folder, schema, url)

    def work(connection: Connection) -> None:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        config.attributes["connection"] = connection
        run(config)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def run_env(metadata: MetaData) -> None:
    """The whole of a mini-app's `env.py`: `run_env(Base.metadata)`."""
    config = context.config
    schema = config.attributes["schema"]
    context.configure(
        connection=config.attributes["connection"],
        target_metadata=metadata,
        version_table="schema_version",
        version_table_schema=schema,
        include_schemas=True,
        include_name=lambda name, kind, _parents: name == schema if kind == "schema" else not _of_the_queue(name, kind),
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _of_the_queue(name: str | None, kind: str) -> bool:
    """The queue's tables are pgqueuer's own; the migration that installs them runs its DDL."""
    return kind == "table" and bool(name) and str(name).startswith("pgqueuer")
