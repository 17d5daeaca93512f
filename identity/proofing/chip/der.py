"""Strict reading of DER, because a lenient parser lets two readers see two different documents in the same bytes."""

from collections.abc import Callable
from dataclasses import dataclass

MAX_DEPTH = 24
"""A real EF.SOD nests about twelve levels deep."""
MAX_ELEMENTS = 4_000
"""A real EF.SOD has about three hundred elements, one with a few certificates below a thousand."""


class MalformedError(ValueError):
    """The bytes are no DER."""


class TrailingError(ValueError):
    """Bytes stand after the end of the element."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value: `tag` as its bytes read as one number (0x77, 0x5F1F), and where its value lies."""

    tag: int
    constructed: bool
    start: int
    end: int


def read_one(encoded: bytes, tag: int) -> bytes:
    """The value of the single element that fills `encoded` entirely.

    Lengths need not be the shortest: this is the BER-TLV of a chip's files (ISO/IEC 7816-4), whose exact bytes a hash fixes anyway.
    Raises MalformedError for another tag or a length beyond the end, TrailingError for bytes after the element.
    """
    element = _read(encoded, 0, len(encoded), shortest=False)
    if element.tag != tag:
        raise MalformedError("another tag was expected")
    if element.end != len(encoded):
        raise TrailingError("bytes after the element")
    return encoded[element.start : element.end]


def children(encoded: bytes) -> list[tuple[int, bytes]]:
    """The elements that stand one after another in `encoded`, as (tag, value). Raises MalformedError."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(encoded):
        if len(found) >= MAX_ELEMENTS:
            raise MalformedError("too many elements")
        element = _read(encoded, at, len(encoded), shortest=False)
        found.append((element.tag, encoded[element.start : element.end]))
        at = element.end
    return found


def require_der(encoded: bytes) -> None:
    """Checks that `encoded` is one DER element down to its leaves: definite, shortest lengths, bounded depth and number.

    Raises MalformedError, or TrailingError for bytes after the element.
    """
    outer = _read(encoded, 0, len(encoded), shortest=True)
    if outer.end != len(encoded):
        raise TrailingError("bytes after the element")
    _walk(encoded, lambda _: None)


def leaves(encoded: bytes, *, wanted: Callable[[Element], bool]) -> list[bytes]:
    """The values of the primitive elements that `wanted` picks, in order, from one strict DER element. Raises MalformedError."""
    found: list[bytes] = []

    def take(element: Element) -> None:
        if not element.constructed and wanted(element):
            found.append(encoded[element.start : element.end])

    _walk(encoded, take)
    return found


def _walk(encoded: bytes, visit: Callable[[Element], None]) -> None:
    open_ends: list[int] = [len(encoded)]
    at = 0
    seen = 0
    while at < len(encoded):
        while at == open_ends[-1]:
            open_ends.pop()
        element = _read(encoded, at, open_ends[-1], shortest=True)
        seen += 1
        if seen > MAX_ELEMENTS or len(open_ends) > MAX_DEPTH:
            raise MalformedError("too many elements or too deep")
        visit(element)
        if element.constructed:
            open_ends.append(element.end)
            at = element.start
        else:
            at = element.end


def _read(encoded: bytes, at: int, limit: int, *, shortest: bool) -> Element:
    if limit - at < 2:
        raise MalformedError("truncated")
    first = encoded[at]
    tag, at = first, at + 1
    if first & 0x1F == 0x1F:  # high tag numbers: LDS uses two-byte tags such as 5F1F only
        tag, at = (first << 8) | encoded[at], at + 1
        if tag & 0x80 or at >= limit:
            raise MalformedError("tag longer than two bytes")
    length, at = encoded[at], at + 1
    if length == 0x80:
        raise MalformedError("indefinite length")
    if length > 0x80:
        count = length & 0x7F
        if count > 4 or at + count > limit:
            raise MalformedError("length of length")
        length = int.from_bytes(encoded[at : at + count], "big")
        if shortest and (length < 0x80 or encoded[at] == 0):
            raise MalformedError("length not in its shortest form")
        at += count
    if at + length > limit:
        raise MalformedError("length beyond the end")
    return Element(tag=tag, constructed=bool(first & 0x20), start=at, end=at + length)
