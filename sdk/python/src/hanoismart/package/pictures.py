"""Looks whether a picture can be decoded, without a picture library: the registry promises that every icon shows."""

import struct
import zlib
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG colour types (ISO/IEC 15948, 11.2.2)
MOST_PIXELS: Final = 2048 * 2048
"""More than any icon needs; twenty of these are unfolded in a few seconds."""
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended and progressive JPEG (ITU-T T.81)


def decodes(content: bytes) -> bool:
    """Whether the bytes are a PNG whose every line is there, or a JPEG or WebP with a sound frame."""
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP" and len(content) >= 30 and _length(content) == len(content)


def _length(content: bytes) -> int:
    size = int.from_bytes(content[4:8], "little") + 8
    return size + size % 2 if size + size % 2 == len(content) else size


def _png(content: bytes) -> bool:
    place, pixels, header = len(_PNG), bytearray(), None
    while place + 12 <= len(content):
        size, kind = struct.unpack_from(">L4s", content, place)
        body = content[place + 8 : place + 8 + size]
        place += 12 + size
        if len(body) != size or place > len(content):
            return False
        if zlib.crc32(kind + body) != int.from_bytes(content[place - 4 : place], "big"):
            return False
        if kind == b"IHDR" and size == 13 and header is None:
            header = struct.unpack(">LLBBBBB", body)
        elif kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            return header is not None and _lines(header, bytes(pixels))
    return False


def _lines(header: tuple[int, ...], packed: bytes) -> bool:
    width, height, depth, colour, _, _, interlaced = header
    if colour not in _CHANNELS or not 0 < width * height <= MOST_PIXELS:
        return False
    line = (width * _CHANNELS[colour] * depth + 7) // 8 + 1
    try:
        unpacker = zlib.decompressobj()
        found = len(unpacker.decompress(packed, line * height + 1))
    except zlib.error:
        return False
    return found > 0 if interlaced else found == line * height


def _jpeg(content: bytes) -> bool:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        size = int.from_bytes(content[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return 0 < width * height <= MOST_PIXELS and content.rstrip(b"\x00").endswith(b"\xff\xd9")
        if size < 2:
            return False
        place += 2 + size
    return False
