"""Reading the machine-readable zone of cards (TD1, TD2) and passports (TD3), the one part of a chip that every country fills alike."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from identity.proofing.chip.refusals import MrzInvalid

_ALPHABET = re.compile(r"[A-Z0-9<]*")
_WEIGHTS = (7, 3, 1)
_TD1 = 90
_TD2 = 72
_TD3 = 88


class Sex(StrEnum):
    """What the document says; `x` stands for "unspecified" (`<` or `X`)."""

    MALE = "m"
    FEMALE = "f"
    UNSPECIFIED = "x"


class DocumentKind(StrEnum):
    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True)
class PersonalNumberPlace:
    """Where an issuer writes the personal number: `length` characters from `start` of `optional_1` or `optional_2`."""

    optional: str = "optional_1"
    start: int = 0
    length: int = 12


CCCD_PLACE = PersonalNumberPlace()
"""The CCCD writes its 12 digits into the first line's optional field (no public specification: observed, so it stays a parameter)."""


@dataclass(frozen=True, slots=True, repr=False)
class Mrz:
    """The fields of a machine-readable zone whose check digits are right; it prints nothing of itself, so that no log can."""

    kind: DocumentKind
    type_code: str
    issuer: str
    number: str
    nationality: str
    birth_date: date
    birth_date_complete: bool
    sex: Sex
    expires_on: date
    surname: str
    given_names: str
    optional_1: str
    optional_2: str = field(default="")

    @property
    def is_cccd(self) -> bool:
        """Whether this is Vietnam's citizen identity card."""
        return self.kind is DocumentKind.IDENTITY_CARD and self.issuer == "VNM"

    @property
    def full_name(self) -> str:
        """The Latin transliteration as it stands, surname first, as Vietnamese names are written."""
        return f"{self.surname} {self.given_names}".strip()

    def personal_number(self, place: PersonalNumberPlace = CCCD_PLACE) -> str | None:
        """The personal number at `place`, or None where the field holds no such number of digits."""
        text: str = self.optional_1 if place.optional == "optional_1" else self.optional_2
        number = text[place.start : place.start + place.length]
        return number if len(number) == place.length and number.isascii() and number.isdigit() else None


def check_digit(text: str) -> str:
    """The check digit of ICAO 9303-3 section 4.9: weights 7, 3, 1 repeating, modulo 10."""
    return str(sum(_value(letter) * _WEIGHTS[place % 3] for place, letter in enumerate(text)) % 10)


def parse(text: str, *, on: date) -> Mrz:
    """Reads TD1 (3 lines of 30), TD2 (2 lines of 36) or TD3 (2 lines of 44), with or without line breaks.

    `on` is the day of the check: a two-digit birth year is the latest one that is not in the future.
    Raises MrzInvalid for another size or alphabet, a wrong check digit or an impossible date (ICAO 9303-3 to -6).
    """
    zone = text.replace("\n", "").replace("\r", "")
    if not _ALPHABET.fullmatch(zone):
        raise MrzInvalid("alphabet")
    if len(zone) == _TD1:
        return _td1(zone, on)
    if len(zone) == _TD2:
        return _td2(zone, on)
    if len(zone) == _TD3:
        return _td3(zone, on)
    raise MrzInvalid("size")


def _td1(zone: str, on: date) -> Mrz:
    first, second, third = zone[:30], zone[30:60], zone[60:]
    if first[0] not in "ACI":
        raise MrzInvalid("document_type")
    number, optional_1 = _card_number(first)
    _require(second[:6], second[6], "birth_date")
    _require(second[8:14], second[14], "expiry")
    _require(first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29], "composite")
    return _mrz(
        DocumentKind.IDENTITY_CARD,
        first,
        number,
        second[15:18],
        second[:6],
        second[7],
        second[8:14],
        third,
        (optional_1, second[18:29]),
        on,
    )


def _td2(zone: str, on: date) -> Mrz:
    """Older identity cards (ICAO 9303-6); a number over nine characters runs on into the optional field."""
    first, second = zone[:36], zone[36:]
    if first[0] not in "ACI":
        raise MrzInvalid("document_type")
    number, optional = _card_number(second[0:10].rjust(15, "<") + second[28:35].ljust(15, "<"))
    _require(second[13:19], second[19], "birth_date")
    _require(second[21:27], second[27], "expiry")
    _require(second[:10] + second[13:20] + second[21:35], second[35], "composite")
    place = (first, number, second[10:13], second[13:19], second[20], second[21:27], first[5:], (optional, ""), on)
    return _mrz(DocumentKind.IDENTITY_CARD, *place)


def _td3(zone: str, on: date) -> Mrz:
    first, second = zone[:44], zone[44:]
    if first[0] != "P":
        raise MrzInvalid("document_type")
    _require(second[:9], second[9], "number")
    _require(second[13:19], second[19], "birth_date")
    _require(second[21:27], second[27], "expiry")
    personal = second[28:42]
    if not (second[42] == "<" and not personal.strip("<")):  # an empty field may leave its check digit empty
        _require(personal, second[42], "personal_number")
    _require(second[:10] + second[13:20] + second[21:43], second[43], "composite")
    return _mrz(
        DocumentKind.PASSPORT, first, second[:9], second[10:13], second[13:19], second[20], second[21:27], first[5:], (personal, ""), on
    )


def _mrz(  # noqa: PLR0913, PLR0917 - one argument per field of the zone
    kind: DocumentKind,
    first: str,
    number: str,
    nationality: str,
    birth: str,
    sex: str,
    expiry: str,
    names: str,
    optional: tuple[str, str],
    on: date,
) -> Mrz:
    surname, _, given = names.partition("<<")
    birth_date, complete = _birth(birth, on)
    if not surname.strip("<") or not number.strip("<") or not first[2:5].strip("<") or sex not in "MF<X":
        raise MrzInvalid("empty_field")
    return Mrz(
        kind=kind,
        type_code=first[:2].rstrip("<"),
        issuer=first[2:5].rstrip("<"),
        number=number.strip("<"),
        nationality=nationality.rstrip("<"),
        birth_date=birth_date,
        birth_date_complete=complete,
        sex={"M": Sex.MALE, "F": Sex.FEMALE}.get(sex, Sex.UNSPECIFIED),
        expires_on=_date(2000 + _digits(expiry[:2], "expiry"), expiry[2:4], expiry[4:6], "expiry"),
        surname=_words(surname),
        given_names=_words(given),
        optional_1=optional[0].rstrip("<"),
        optional_2=optional[1].rstrip("<"),
    )


def _card_number(first: str) -> tuple[str, str]:
    """Document number and what is left of the optional field; a number over nine characters runs on there (ICAO 9303-5, 4.2.2.1 note j)."""
    number, digit, optional = first[5:14], first[14], first[15:30]
    if digit != "<":
        _require(number, digit, "number")
        return number, optional
    rest, _, remaining = optional.partition("<")
    if len(rest) < 2:
        raise MrzInvalid("number")
    _require(number + rest[:-1], rest[-1], "number")
    return number + rest[:-1], remaining


def _require(text: str, digit: str, step: str) -> None:
    if check_digit(text) != digit:
        raise MrzInvalid(step)


def _birth(text: str, on: date) -> tuple[date, bool]:
    """Month and day may be unknown (`<<` or `00`): then the first of the period stands, marked incomplete."""
    month, day = text[2:4], text[4:6]
    known_month, known_day = month not in {"<<", "00"}, day not in {"<<", "00"}
    year = 2000 + _digits(text[:2], "birth_date")
    for century in (year, year - 100):
        born = _date(century, month if known_month else "01", day if known_day else "01", "birth_date")
        if born <= on:
            return born, known_month and known_day
    raise MrzInvalid("birth_date")


def _date(year: int, month: str, day: str, step: str) -> date:
    try:
        return date(year, _digits(month, step), _digits(day, step))
    except ValueError as error:
        raise MrzInvalid(step) from error


def _digits(text: str, step: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise MrzInvalid(step)
    return int(text)


def _words(text: str) -> str:
    return " ".join(part for part in text.split("<") if part)


def _value(letter: str) -> int:
    if letter == "<":
        return 0
    return int(letter) if letter.isdigit() else ord(letter) - 55
