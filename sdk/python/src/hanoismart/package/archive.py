"""Reads and writes the zip of a package by the strict rules of W3C MiniApp Packaging; nothing is ever unpacked to a disk."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from hanoismart.manifest.rules import Finding
from hanoismart.package import limits, names
from hanoismart.package.rules import finding

_END: Final = struct.Struct("<4s4H2LH")  # the end record of the central directory (APPNOTE 4.3.16)
_LOCAL: Final = struct.Struct("<4s5H3L2H")  # a local file header (APPNOTE 4.3.7)
_CENTRAL: Final = 46  # bytes of a central file header before its name
_UTF8, _ENCRYPTED, _DESCRIPTOR, _STRONG, _MASKED = 0x800, 0x1, 0x8, 0x40, 0x2000
_CHUNK: Final = 64 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class PackageRefused(ValueError):
    """A package that breaks rules; `findings` holds what was found."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = tuple(findings[:100])
        super().__init__("the package breaks " + ", ".join(sorted({one.rule for one in findings})))


def write(files: Mapping[str, bytes]) -> bytes:
    """The archive of some files, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def read(source: bytes) -> dict[str, bytes]:
    """Every file by its name; raises PackageRefused. Sizes and sums are counted, not believed."""
    if len(source) > limits.ZIPPED:
        raise PackageRefused([finding("HS2002")])
    entries = _entries(source)
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(source)) as archive:
        total = 0
        for entry in entries:
            if entry.is_dir():
                continue
            content = _content(archive, entry, limits.UNZIPPED - total)
            total += len(content)
            files[entry.filename] = content
    return files


def _entries(source: bytes) -> list[zipfile.ZipInfo]:
    if source[:4] != b"PK\x03\x04" or len(source) < _END.size:
        raise PackageRefused([finding("HS2001")])
    sign, disk, start_disk, here, total, size, offset, comment = _END.unpack(source[-_END.size :])
    if sign != b"PK\x05\x06":
        raise PackageRefused([finding("HS2008" if b"PK\x05\x06" in source else "HS2001")])
    if disk or start_disk or here != total or comment or offset + size != len(source) - _END.size:
        raise PackageRefused([finding("HS2008")])
    if total > limits.FILES:
        raise PackageRefused([finding("HS2005")])
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, struct.error, RuntimeError) as broken:
        raise PackageRefused([finding("HS2001")]) from broken
    findings = [one for entry in entries for one in _judge(entry)]
    findings += names.judge(entry.orig_filename.removesuffix("/") if entry.is_dir() else entry.orig_filename for entry in entries)
    if len(entries) != total or _central_size(entries) != size:
        findings.append(finding("HS2008"))
    if not findings and not _contiguous(source, entries, offset):
        findings.append(finding("HS2008"))
    if findings:
        raise PackageRefused(findings)
    return entries


def _judge(entry: zipfile.ZipInfo) -> list[Finding]:
    name, found = entry.orig_filename, []
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        found.append(finding("HS2006", file=name))
    if entry.flag_bits & (_ENCRYPTED | _STRONG | _MASKED):
        found.append(finding("HS2007", file=name))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or ((kind == stat.S_IFDIR) != entry.is_dir() and kind):
        found.append(finding("HS2009", file=name))
    if entry.filename != name:  # a NUL, or an extra field that gives the file a second name (APPNOTE 4.6.9)
        found.append(finding("HS2011", file=name))
    if not name.isascii() and not entry.flag_bits & _UTF8:
        found.append(finding("HS2010", file=name))
    if entry.volume or max(entry.file_size, entry.compress_size, entry.header_offset) >= 0xFFFFFFFF:
        found.append(finding("HS2008", file=name))
    if entry.is_dir() and entry.file_size:
        found.append(finding("HS2014", file=name))
    return found


def _central_size(entries: list[zipfile.ZipInfo]) -> int:
    return sum(_CENTRAL + len(_raw_name(entry)) + len(entry.extra) + len(entry.comment) for entry in entries)


def _contiguous(source: bytes, entries: list[zipfile.ZipInfo], directory: int) -> bool:
    """Whether the files stand one after the other from the first byte to the directory, each under the name the directory gives it."""
    place = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset != place or place + _LOCAL.size > directory:
            return False
        sign, _, flags, method, _, _, _, packed, _, name_size, extra_size = _LOCAL.unpack_from(source, place)
        start = place + _LOCAL.size
        same = source[start : start + name_size] == _raw_name(entry) and method == entry.compress_type and flags == entry.flag_bits
        if sign != b"PK\x03\x04" or not same or (not flags & _DESCRIPTOR and packed != entry.compress_size):
            return False
        place = start + name_size + extra_size + entry.compress_size
        if flags & _DESCRIPTOR:
            place += 16 if source[place : place + 4] == b"PK\x07\x08" else 12
    return place == directory


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437", "replace")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    received = bytearray()
    try:
        with archive.open(entry) as stream:
            while part := stream.read(_CHUNK):
                received += part
                if len(received) > room:
                    raise PackageRefused([finding("HS2003", file=entry.filename)])
                if len(received) > limits.RATIO_FROM and len(received) > limits.RATIO * max(entry.compress_size, 1):
                    raise PackageRefused([finding("HS2004", file=entry.filename)])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as broken:
        raise PackageRefused([finding("HS2014", file=entry.filename)]) from broken
    if len(received) != entry.file_size:
        raise PackageRefused([finding("HS2014", file=entry.filename)])
    return bytes(received)
