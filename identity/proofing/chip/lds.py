"""Reading the data groups of ICAO 9303-10: what each file of the chip must be, before anything in it is believed."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from asn1crypto import core, keys

from identity.proofing.chip import der
from identity.proofing.chip.mrz import Mrz, parse
from identity.proofing.chip.refusals import ChipTooLarge, DataGroupMalformed, HashAlgorithmRefused, TrailingBytes

EF_COM = 0x60
EF_SOD = 0x77
TAGS = dict(enumerate((0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70), start=1))
"""The outer tag of each data group. EF.COM is signed by nobody and therefore never read."""

MAX_GROUP_BYTES = 256 * 1024
"""The largest group is the portrait (DG2), about 20 kB, at most some 100 kB."""

_MRZ_TAG = 0x5F1F
_UTF8, _PRINTABLE, _IA5, _NUMERIC = 0x0C, 0x13, 0x16, 0x12
_TEXT_TAGS = frozenset({_UTF8, _PRINTABLE, _IA5, _NUMERIC})
_ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"
_PLAIN_ECDSA = "0.4.0.127.0.7.1.1.4.1."
_PLAIN_ECDSA_HASHES = {"3": "sha256", "4": "sha384", "5": "sha512"}
_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""What the ASN.1 library raises on hostile bytes; it parses lazily, so also long after loading."""


class SecurityInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """ICAO 9303-11 section 9.2: a protocol and what it needs."""

    _fields = [  # noqa: RUF012 - asn1crypto reads this attribute
        ("protocol", core.ObjectIdentifier),
        ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]


class SecurityInfos(core.SetOf):  # type: ignore[misc]  # asn1crypto ships no types
    _child_spec = SecurityInfo


def require_group(number: int, encoded: bytes) -> bytes:
    """The value inside data group `number`.

    Raises DataGroupMalformed (no such group, another tag, truncated), TrailingBytes, ChipTooLarge.
    """
    if len(encoded) > MAX_GROUP_BYTES:
        raise ChipTooLarge(f"dg{number}")
    tag = TAGS.get(number)
    if tag is None:
        raise DataGroupMalformed("number")
    with _group(number):
        return der.read_one(encoded, tag)


def read_mrz(dg1: bytes, *, on: date) -> Mrz:
    """The machine-readable zone of DG1; `on` is the day of the check. Raises DataGroupMalformed, TrailingBytes, MrzInvalid."""
    with _group(1):
        text = der.read_one(require_group(1, dg1), _MRZ_TAG).decode("ascii")
    return parse(text, on=on)


def read_texts(dg13: bytes) -> tuple[str, ...]:
    """Every text of the CCCD's DG13, in order. Its format is not public, so anything readable is taken and the rest is passed over.

    Raises DataGroupMalformed or TrailingBytes only where the outermost tag is wrong.
    """
    inner = require_group(13, dg13)
    try:
        values = der.leaves(inner, wanted=lambda element: element.tag in _TEXT_TAGS)
    except der.MalformedError:
        return ()
    return tuple(text for value in values if (text := _text(value)))


def vietnamese_name(texts: tuple[str, ...], mrz: Mrz) -> str | None:
    """The name with its marks: the first text of DG13 whose Latin letters are the name of the machine-readable zone."""
    for text in texts:
        name = " ".join(unicodedata.normalize("NFC", text).split())
        if latin(name) == mrz.full_name:
            return name
    return None


def names_another_number(texts: tuple[str, ...], number: str) -> bool:
    """Whether DG13 holds twelve-digit numbers and none of them is `number`."""
    numbers = {text for text in texts if _TWELVE_DIGITS.fullmatch(text)}
    return bool(numbers) and number not in numbers


def former_numbers(texts: tuple[str, ...], number: str, mrz: Mrz) -> tuple[str, ...]:
    """The nine-digit numbers of DG13 that are not this card's own: the old identity card (CMND) its holder had before."""
    own = {number[-9:], mrz.number}
    return tuple(dict.fromkeys(text for text in texts if _NINE_DIGITS.fullmatch(text) and text not in own))


def latin(name: str) -> str:
    """The name as a machine-readable zone writes Vietnamese: no marks, Đ as D, capitals, spaces between words."""
    plain = unicodedata.normalize("NFD", name.upper().replace("Đ", "D"))
    kept = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())


def read_active_hash(dg14: bytes) -> str | None:
    """The hash DG14 announces for active authentication with an elliptic-curve key, or None where it announces none.

    Raises DataGroupMalformed, TrailingBytes, HashAlgorithmRefused (SHA-1, SHA-224, RIPEMD-160).
    """
    inner = require_group(14, dg14)
    with _group(14):
        der.require_der(inner)
        protocols = [info["required"].parsed for info in _infos(inner)]
        if not protocols:
            return None
        algorithms = [info["optional"].parsed.dotted for info in _infos(inner)]
    if len(algorithms) != 1 or not algorithms[0].startswith(_PLAIN_ECDSA):
        raise DataGroupMalformed("dg14")
    name = _PLAIN_ECDSA_HASHES.get(algorithms[0].removeprefix(_PLAIN_ECDSA))
    if name is None:
        raise HashAlgorithmRefused("active_authentication")
    return name


def security_infos(dg14: bytes) -> list[SecurityInfo]:
    """Every protocol DG14 announces. Raises DataGroupMalformed, TrailingBytes."""
    inner = require_group(14, dg14)
    with _group(14):
        der.require_der(inner)
        return list(SecurityInfos.load(inner, strict=True))


def read_active_key(dg15: bytes) -> bytes:
    """The SubjectPublicKeyInfo of DG15, DER. Raises DataGroupMalformed, TrailingBytes."""
    inner = require_group(15, dg15)
    with _group(15):
        der.require_der(inner)
        keys.PublicKeyInfo.load(inner, strict=True)["algorithm"]["algorithm"].dotted  # noqa: B018 - parses, or refuses
    return inner


def _infos(encoded: bytes) -> list[SecurityInfo]:
    infos = SecurityInfos.load(encoded, strict=True)
    return [info for info in infos if info["protocol"].dotted == _ACTIVE_AUTHENTICATION]


@contextmanager
def _group(number: int) -> Iterator[None]:
    try:
        yield
    except der.TrailingError as error:
        raise TrailingBytes(f"dg{number}") from error
    except UNREADABLE as error:
        raise DataGroupMalformed(f"dg{number}") from error


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
