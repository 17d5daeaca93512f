"""Specimen chips as files: what the command line and the demo make, and what a phone would send after reading one."""

import base64
import os
from datetime import date
from pathlib import Path
from typing import Any

from identity.proofing.chip.mrz import Sex
from identity.proofing.specimen.authority import SpecimenAuthority
from identity.proofing.specimen.document import SpecimenDocument
from identity.proofing.specimen.flaws import Flaw
from identity.proofing.specimen.making import Make, SpecimenChip, make

_HANOI = "001"
_FIRST_CENTURY = 1900


def authority(folder: Path, country: str) -> SpecimenAuthority:
    """The specimen authority kept in `folder` for the issuer code `country`, made and kept where there is none."""
    try:
        return SpecimenAuthority.load(folder, country)
    except FileNotFoundError:
        made = SpecimenAuthority.create(country)
        made.save(folder)
        return made


def personal_number(birth_date: date, sex: Sex, serial: int) -> str:
    """A twelve-digit number of Hà Nội that agrees with birth date and sex; `serial` has up to six digits."""
    century_and_sex = (birth_date.year - _FIRST_CENTURY) // 100 * 2 + (1 if sex is Sex.FEMALE else 0)
    return f"{_HANOI}{century_and_sex}{birth_date.year % 100:02d}{serial % 10**6:06d}"


def write(folder: Path, out: Path, document: SpecimenDocument, how: Make | None = None, *, flaw: Flaw | None = None) -> SpecimenChip:
    """Makes a chip for the document, signed by its country's authority in `folder`, and writes it to `out` (JSON, 0600)."""
    chip = make(authority(folder, document.issuer), document, how, flaw=flaw)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(chip.to_json())
    return chip


def read(path: Path) -> SpecimenChip:
    """The chip of a file that `write` made. Raises ValueError or KeyError where it is none."""
    return SpecimenChip.from_json(path.read_text(encoding="utf-8"))


def reading(chip: SpecimenChip, challenge: str) -> dict[str, Any]:
    """The body of POST /v1/proofing/sessions/{id}/chip for this chip; `challenge` as the session gave it (base64url)."""
    groups = {str(number): _base64(value) for number, value in chip.data_groups.items()}
    asked = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
    answer = None if chip.chip_key is None else _base64(chip.sign_challenge(asked))
    return {"data_groups": groups, "sod": _base64(chip.sod), "answer": answer}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
