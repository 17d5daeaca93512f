"""Bring the database to the newest schema, and give it what every installation holds as data."""

import argparse
import asyncio

from app import city
from app.backends import mount_backends
from app.cli.database import required_url
from app.settings import settings as app_settings
from hanoismart.server.database import Database
from kernel.settings import settings
from migrations import runner
from plugins.api import registry

NEWEST = "heads"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default=NEWEST, help="a revision, or heads; data is added at heads only")


def work(given: argparse.Namespace) -> int:
    asyncio.run(_migrate(required_url(), given.to))
    return 0


async def _migrate(url: str, revision: str) -> None:
    """The hub's schemas, and those of the mini-app backends that run in this house."""
    await runner.upgrade(url, revision)
    if revision == NEWEST:
        await _found(url)
    backends = mount_backends(settings().model_copy(update={"database_url": url}), app_settings(), None)
    try:
        await backends.migrate()
    finally:
        await backends.close()


async def _found(url: str) -> None:
    database = Database(url, pool_size=1, application_name="hanoismart-migrate")
    try:
        if added := await city.found(database, app_settings()):
            print(f"{added} units and rules of the city were added.")
        async with database.transaction() as session:
            if signed := await registry.accept_older(session):
                print(f"{signed} versions of mini-apps were countersigned.")
    finally:
        await database.dispose()
