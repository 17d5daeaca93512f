"""Number plates in one form, however they are typed."""

import re

from hanoismart.problems import Problem
from hanoismart.text import Text

_PLATE = re.compile(r"[0-9]{2}[A-Z]{1,2}[0-9]?[0-9]{4,5}")


class PlateInvalid(Problem):
    code = "parking.plate_invalid"
    status = 422
    title = Text(vi="Biển số không hợp lệ", en="The number plate is not valid")


def normalise(typed: str) -> str:
    """Upper case, nothing but digits and Latin letters: `29A-123.45` becomes `29A12345`. Raises PlateInvalid."""
    plate = re.sub(r"[^0-9A-Z]", "", typed.upper())
    if _PLATE.fullmatch(plate) is None:
        raise PlateInvalid
    return plate
