"""List the signing keys, and rotate them: announced ahead, or at once after a compromise."""

import argparse
import asyncio

from app.cli.database import open_database
from identity.api import keys


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    actions.add_parser("list", help="every key, what it signs and until when it verifies")
    rotate = actions.add_parser("rotate", help="make a new key")
    rotate.add_argument("purpose", nargs="?", choices=["oauth", "miniapp", "all"], default="all")
    rotate.add_argument(
        "--emergency", action="store_true", help="withdraw the old keys now: every token they signed is refused within a minute"
    )


def work(given: argparse.Namespace) -> int:
    return asyncio.run(_list() if given.action == "list" else _rotate(given.purpose, emergency=given.emergency))


async def _list() -> int:
    async with open_database() as database, database.session() as session:
        for key in await keys.listed(session):
            until = key.retires_at.isoformat() if key.retires_at else "-"
            print(f"{key.kid}\t{key.purpose.value}\t{key.state}\tfrom {key.activates_at.isoformat()}\tuntil {until}")
    return 0


async def _rotate(purpose: str, *, emergency: bool) -> int:
    chosen = list(keys.KeyPurpose) if purpose == "all" else [keys.KeyPurpose(purpose)]
    async with open_database() as database, database.transaction() as session:
        for one in chosen:
            print(f"{one.value}\t{await keys.rotate(session, one, emergency=emergency)}")
    return 0
