"""How sure the city is of who somebody is, as the `acr` values every token carries."""

import re
from typing import Final, Literal

PREFIX: Final = "urn:hanoi:loa:"
BASIC: Final = PREFIX + "0"  # any signed-in account
VERIFIED: Final = PREFIX + "2"  # a document was checked and its holder matched
MinAssurance = Literal["basic", "verified"]
_ACR = re.compile(rf"{PREFIX}([0-9])")


def level(acr: str) -> int:
    """The number in an acr value; raises ValueError for anything that is not one of ours."""
    match = _ACR.fullmatch(acr)
    if match is None:
        raise ValueError("an acr reads urn:hanoi:loa: and a digit")
    return int(match[1])


def meets(acr: str, minimum: str) -> bool:
    """Whether one acr is at least as sure as another; raises ValueError as `level`."""
    return level(acr) >= level(minimum)


def minimum_acr(min_assurance: MinAssurance) -> str:
    """The acr behind the manifest's `min_assurance`."""
    return VERIFIED if min_assurance == "verified" else BASIC


def acr_of(number: int) -> str:
    """The acr value of a level; raises ValueError outside 0 to 9."""
    if not 0 <= number <= 9:
        raise ValueError("a level has one digit")
    return f"{PREFIX}{number}"
