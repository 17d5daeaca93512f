"""Bring the database to the newest schema."""

import argparse
import asyncio

from app.backends import mount_backends
from app.cli.database import required_url
from app.settings import settings as app_settings
from kernel.settings import settings
from migrations import runner


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="heads", help="a revision, or heads")


def work(given: argparse.Namespace) -> int:
    asyncio.run(_migrate(required_url(), given.to))
    return 0


async def _migrate(url: str, revision: str) -> None:
    """The hub's schemas, and those of the mini-app backends that run in this house."""
    await runner.upgrade(url, revision)
    backends = mount_backends(settings().model_copy(update={"database_url": url}), app_settings(), None)
    try:
        await backends.migrate()
    finally:
        await backends.close()
