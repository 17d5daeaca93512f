"""Runs the hub's migrations from code: at start, in tests, and from the command line."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

HERE = Path(__file__).parent
LOCK = 0x4853_4D30  # one migration at a time


def configuration(connection: Connection, package: str | None = None) -> Config:
    config = Config(HERE.parent / "alembic.ini")
    config.set_main_option("script_location", str(HERE))
    folders = sorted(str(folder) for folder in HERE.iterdir() if folder.is_dir() and (folder / "__init__.py").exists())
    config.set_main_option("version_locations", "\n".join(folders))
    config.attributes |= {"connection": connection, "package": package}
    return config


async def run(url: str, work: Callable[[Config], None], package: str | None = None) -> None:
    """Run an Alembic command on one connection, holding the migration lock. Everything or nothing is applied."""
    engine = create_async_engine(url, poolclass=NullPool)

    def within(connection: Connection) -> None:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        work(configuration(connection, package))

    try:
        async with engine.begin() as connection:
            await connection.run_sync(within)
    finally:
        await engine.dispose()


async def upgrade(url: str, revision: str = "heads") -> None:
    await run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str = "base") -> None:
    await run(url, lambda config: command.downgrade(config, revision))


async def check(url: str) -> None:
    """Raises alembic's CommandError when models and migrations differ."""
    await run(url, command.check)


async def revision(url: str, package: str, message: str) -> None:
    """Write a new migration for `package` from the difference between its models and the database at `url`."""
    number = len(list((HERE / package).glob(f"{package}_*.py"))) + 1
    first = number == 1

    def write(config: Config) -> None:
        command.revision(
            config,
            message,
            autogenerate=True,
            head="base" if first else f"{package}@head",
            branch_label=package if first else None,
            version_path=str(HERE / package),
            rev_id=f"{package}_{number:04d}",
        )

    await run(url, write, package)
