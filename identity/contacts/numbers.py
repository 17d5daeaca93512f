"""Telephone numbers: one spelling for each, and whether it is one a code may be sent to."""

from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hanoismart.emulator.citizens import CITIZENS
from hanoismart.problems import Problem
from hanoismart.text import Text

_VIETNAM = "VN"
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_HINT_DIGITS = 3


class NumberRefused(Problem):
    code = "contacts.number_refused"
    status = 422
    title = Text(vi="Số điện thoại không hợp lệ hoặc không phải số di động", en="This is not a valid mobile number")


RESERVED: Final = frozenset(one.phone for one in CITIZENS)
"""Numbers of the test citizens: nobody's to prove anywhere, sent nothing ever, and in production nobody's at all."""


class NumberReserved(Problem):
    code = "contacts.number_reserved"
    status = 422
    title = Text(vi="Số này dành riêng cho công dân thử nghiệm", en="This number is reserved for test citizens")


@dataclass(frozen=True, slots=True, repr=False)
class Number:
    """A mobile number: E.164, whether it is Vietnamese, and what its owner is shown of it."""

    e164: str
    vietnamese: bool

    @property
    def hint(self) -> str:
        return f"••• {self.e164[-_HINT_DIGITS:]}"


def read(text: str) -> Number:
    """Reads a number as people write it; without a country code it is Vietnamese.

    Raises NumberRefused for anything that is not a mobile number: premium and shared-cost numbers too, which cost whoever sends to them.
    """
    try:
        parsed = phonenumbers.parse(text, _VIETNAM)
    except NumberParseException as error:
        raise NumberRefused from error
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) not in _MOBILE or parsed.extension:
        raise NumberRefused
    vietnamese = phonenumbers.region_code_for_number(parsed) == _VIETNAM
    return Number(phonenumbers.format_number(parsed, PhoneNumberFormat.E164), vietnamese)
