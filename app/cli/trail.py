"""Check the hash chain of the audit trail."""

import argparse
import asyncio

from app.cli.database import open_database
from kernel.audit import broken_at


def arguments(_parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def work(_given: argparse.Namespace) -> int:
    return asyncio.run(_check())


async def _check() -> int:
    async with open_database() as database, database.session() as session:
        position = await broken_at(session)
    if position is None:
        print("The chain holds.")
        return 0
    print(f"The chain is broken at position {position}.")
    return 1
