"""Make a specimen chip: an invented person's identity card or passport, trusted in development only."""

import argparse
import secrets
import sys
from datetime import date, timedelta
from pathlib import Path

from app.demo.world import SPECIMENS
from hanoismart.clock import now
from identity.api.specimens import Flaw, Sex, SpecimenDocument, authority, make, personal_number, write


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="full name, surname first, with its marks")
    parser.add_argument("--birth", required=True, type=date.fromisoformat, help="date of birth, YYYY-MM-DD")
    parser.add_argument("--sex", choices=["male", "female"], default="female")
    parser.add_argument("--passport", action="store_true", help="a passport of Utopia instead of an identity card")
    parser.add_argument("--number", help="personal number (12 digits) or passport number; a random one when left out")
    parser.add_argument("--expires", type=date.fromisoformat, help="date of expiry; ten years ahead when left out")
    parser.add_argument("--flaw", type=Flaw, choices=list(Flaw), help="break the chip in this way")
    parser.add_argument("--folder", type=Path, default=SPECIMENS, help="where the specimen authorities are kept")
    parser.add_argument("--out", type=Path, help="file to write; standard output when left out")


def work(given: argparse.Namespace) -> int:
    document = _passport(given) if given.passport else _card(given)
    if given.out:
        write(given.folder, given.out, document, flaw=given.flaw)
    else:
        sys.stdout.write(make(authority(given.folder, document.issuer), document, flaw=given.flaw).to_json() + "\n")
    return 0


def _expiry(given: argparse.Namespace) -> date:
    return given.expires or now().date() + timedelta(days=3650)


def _card(given: argparse.Namespace) -> SpecimenDocument:
    sex = Sex[given.sex.upper()]
    number = given.number or personal_number(given.birth, sex, secrets.randbelow(10**6))
    return SpecimenDocument.cccd(given.name, number, given.birth, sex, _expiry(given))


def _passport(given: argparse.Namespace) -> SpecimenDocument:
    surname, _, names = given.name.partition(" ")
    number = given.number or f"U{secrets.randbelow(10**7):07d}"
    return SpecimenDocument.passport(surname, names, number, given.birth, Sex[given.sex.upper()], _expiry(given))
