"""Rotate keys while everything runs: add and use a new one, seal and index anew, take the old one away."""

import argparse
import asyncio
import base64
import os
from pathlib import Path

from app.cli.database import open_database
from hanoismart.clock import now
from identity.api import rotation
from kernel import key_file, resealing
from kernel.key_file import PURPOSES
from kernel.settings import parse_keys, settings
from notifications.api import resealing as _notifications
from plugins.api import resealing as _plugins

SPREAD = 5.0
"""Seconds until every process holds a new key, before the first use of it."""
_ = (_notifications, _plugins)  # importing says what is sealed


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    actions.add_parser("list", help="the keys of each purpose by id, the one in use first")
    rotate = actions.add_parser("rotate", help="make a new key, let every process learn it, then use it")
    rotate.add_argument("purpose", choices=PURPOSES)
    rotate.add_argument("--spread", type=float, default=SPREAD, help="seconds between the two steps")
    actions.add_parser("reseal", help="seal again what older keys sealed, and index people under the newest pepper")
    retire = actions.add_parser("retire", help="take a key away that nothing needs any more")
    retire.add_argument("purpose", choices=PURPOSES)
    retire.add_argument("id")


def work(given: argparse.Namespace) -> int:
    path = settings().keys_file
    if path is None and given.action != "list":
        print("HANOISMART_KEYS_FILE is not set: keys in the settings change with a restart only.")
        return 1
    match given.action:
        case "list":
            return _list()
        case "rotate":
            return asyncio.run(_rotate(Path(str(path)), given.purpose, given.spread))
        case "reseal":
            return asyncio.run(_reseal())
        case _:
            return asyncio.run(_retire(Path(str(path)), given.purpose, given.id))


def _settings_line(purpose: str) -> str:
    lines = {"sealing": settings().sealing_keys, "index": settings().index_keys, "cursor": settings().cursor_key}
    return (lines | rotation.lines())[purpose]


def _line(purpose: str) -> str:
    key_file.forget()
    return key_file.line(purpose, _settings_line(purpose))


def _list() -> int:
    for purpose in PURPOSES:
        keys, current = parse_keys(_line(purpose))
        print(f"{purpose}\t{' '.join([current, *(key_id for key_id in keys if key_id != current)])}")
    return 0


async def _rotate(path: Path, purpose: str, spread: float) -> int:
    """Two steps, so that no process ever meets a value of a key it does not hold."""
    before = _line(purpose)
    key_id = f"{purpose}-{now():%Y%m%dT%H%M%S}"
    made = f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"
    _save(path, purpose, f"{before},{made}")
    await asyncio.sleep(spread)
    _save(path, purpose, f"{made},{before}")
    print(f"{purpose}: {key_id} is in use; the older ones still open.")
    return 0


async def _reseal() -> int:
    async with open_database() as database:
        for name, count in (await resealing.reseal(database)).items():
            print(f"{count}\t{name}")
        print(f"{await rotation.reindex(database)}\tpeople indexed")
    return 0


async def _retire(path: Path, purpose: str, key_id: str) -> int:
    keys, current = parse_keys(_line(purpose))
    if key_id not in keys or key_id == current:
        print("That key is not there, or it is the one in use.")
        return 1
    async with open_database() as database:
        if purpose == "sealing" and (needed := await resealing.left(database, key_id)):
            print(f"Still sealed with it: {needed}. Run `python -m app secrets reseal` first.")
            return 1
        if purpose == "index":
            async with database.transaction() as session:
                if needed_by := await rotation.left(session, key_id):
                    print(f"{needed_by} indexes still need it. Run `python -m app secrets reseal` first.")
                    return 1
                await rotation.drop(session, key_id)
    if purpose == "pairwise":
        print("Subjects begin with the id of their key: a pairwise key stays.")
        return 1
    parts = [part for part in _line(purpose).split(",") if not part.strip().startswith(f"{key_id}:")]
    _save(path, purpose, ",".join(parts))
    print(f"{purpose}: {key_id} is gone.")
    return 0


def _save(path: Path, purpose: str, text: str) -> None:
    lines = key_file.load(path) if path.exists() else {}
    key_file.save(path, lines | {purpose: text})
    key_file.forget()
