"""What a Vietnamese personal number says about its holder, compared with the document: a difference is a doubt, no refusal."""

import re
from datetime import date

from identity.proofing.chip.mrz import Mrz, Sex

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
_FIRST_CENTURY = 1900


def doubts(number: str, mrz: Mrz) -> tuple[str, ...]:
    """Where `number` disagrees with the document, as fixed words for a reviewer; empty when it agrees."""
    return doubts_of(number, mrz.birth_date, mrz.sex)


def doubts_of(number: str, birth_date: date, sex: Sex) -> tuple[str, ...]:
    """Where `number` disagrees with birth date and sex.

    Digit 4 is century and sex (0/1 male/female born 19xx, 2/3 born 20xx, and so on), digits 5-6 the birth year
    (Decree 137/2015/NĐ-CP Art. 13; unconfirmed for every card in circulation, hence only a doubt).
    """
    if not _TWELVE_DIGITS.fullmatch(number):
        return ("personal_number_shape",)
    found: list[str] = []
    century_and_sex = int(number[3])
    if century_and_sex // 2 != (birth_date.year - _FIRST_CENTURY) // 100:
        found.append("personal_number_century")
    if sex is not Sex.UNSPECIFIED and century_and_sex % 2 != (0 if sex is Sex.MALE else 1):
        found.append("personal_number_sex")
    if int(number[4:6]) != birth_date.year % 100:
        found.append("personal_number_birth_year")
    return tuple(found)
