"""The database a command works on: the one of the settings, or the embedded one where none is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hanoismart.server.database import Database
from kernel import embedded
from kernel.settings import settings


def required_url() -> str:
    """The URL of the settings, or of this checkout's embedded server, started if need be. Production never starts one."""
    chosen = settings()
    return chosen.database_url or embedded.start(Path.cwd()).database_url


@asynccontextmanager
async def open_database() -> AsyncIterator[Database]:
    database = Database(required_url(), pool_size=2, application_name="hanoismart-command")
    try:
        yield database
    finally:
        await database.dispose()
