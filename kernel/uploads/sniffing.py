"""Tells what a file is by its first bytes, because what a sender declares proves nothing."""

from typing import Final

HEAD: Final = 16
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "application/zip"),  # APPNOTE 4.3.7, a local file header; an empty archive is of no use to anyone
    (b"%PDF-", "application/pdf"),  # ISO 32000, 7.5.2
    (b"\x89PNG\r\n\x1a\n", "image/png"),  # PNG, 5.2
    (b"\xff\xd8\xff", "image/jpeg"),  # ITU-T T.81, SOI and the next marker
)


def kind_of(head: bytes) -> str | None:
    """The media type of a file that begins so; None for what nobody here takes."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None  # RFC 9649, 2.4
