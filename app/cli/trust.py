"""Import, list and remove the roots and revocation lists that documents are checked against."""

import argparse
import asyncio
from pathlib import Path

from app.cli.database import open_database
from identity.api import trust


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    adding = actions.add_parser("import", help="take in certificates, link certificates, revocation lists and master lists (DER or PEM)")
    adding.add_argument("files", nargs="+", type=Path, metavar="FILE")
    adding.add_argument("--country", help="issuer code the roots in these files are pinned for, such as VNM or D")
    adding.add_argument("--master-list-signer", type=Path, help="certificate of the master list's signer, or of the root that issued it")
    actions.add_parser("list", help="show what is in the store and when it ends")
    removing = actions.add_parser("remove", help="take a certificate or list out")
    removing.add_argument("fingerprint", help="SHA-256 in hexadecimal, the first 16 digits at least")


def work(given: argparse.Namespace) -> int:
    if given.action == "import":
        return asyncio.run(_import(given))
    if given.action == "remove":
        return asyncio.run(_remove(given.fingerprint.lower()))
    return asyncio.run(_list())


async def _import(given: argparse.Namespace) -> int:
    files = [(path.name, path.read_bytes()) for path in given.files]
    signer = given.master_list_signer.read_bytes() if given.master_list_signer else None
    async with open_database() as database, database.transaction() as session:
        done = await trust.import_files(session, files, country=given.country, master_list_signer=signer)
    print(f"{done.certificates} certificates and {done.revocation_lists} revocation lists were taken in; {done.known} were known.")
    for line in done.refused:
        print(f"refused: {line}")
    return 1 if done.refused else 0


async def _list() -> int:
    async with open_database() as database, database.session() as session:
        for row in await trust.held(session):
            until = row.until.date().isoformat() if row.until else "no end"
            print(f"{row.country:<4} {row.what:<16} until {until:<11} {row.fingerprint}  ({row.source})")
    return 0


async def _remove(fingerprint: str) -> int:
    async with open_database() as database, database.transaction() as session:
        count = await trust.remove(session, fingerprint)
    print(f"{count} removed." if count else "Nothing has this fingerprint.")
    return 0 if count else 1
