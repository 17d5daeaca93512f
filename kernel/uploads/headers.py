"""Reads the headers of tus 1.0.0."""

import base64
import binascii
import re
from typing import Final

from kernel.uploads.problems import VERSION, LengthInvalid, MetadataInvalid, OffsetInvalid, VersionUnsupported

MOST_METADATA: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,100}")  # ASCII without space and comma


def check_version(given: str | None) -> None:
    """Raises VersionUnsupported."""
    if given != VERSION:
        raise VersionUnsupported


def length_of(given: str | None) -> int:
    """Raises LengthInvalid, also where the length is to be told later: that extension is not offered."""
    if given is None or _NUMBER.fullmatch(given) is None:
        raise LengthInvalid
    return int(given)


def offset_of(given: str | None) -> int:
    """Raises OffsetInvalid."""
    if given is None or _NUMBER.fullmatch(given) is None:
        raise OffsetInvalid
    return int(given)


def metadata_of(given: str | None) -> dict[str, str]:
    """`key base64,key base64` as texts. Raises MetadataInvalid."""
    if not given:
        return {}
    if len(given) > MOST_METADATA:
        raise MetadataInvalid
    found: dict[str, str] = {}
    for pair in given.split(","):
        key, _, encoded = pair.strip().partition(" ")
        if _KEY.fullmatch(key) is None or key in found:
            raise MetadataInvalid
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise MetadataInvalid from error
    return found
