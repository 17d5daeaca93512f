"""How large a package may be; counted while reading, never believed from its headers."""

from typing import Final

ZIPPED: Final = 20 * 1024 * 1024
"""Bytes of the archive."""
UNZIPPED: Final = 80 * 1024 * 1024
"""Bytes of all files together."""
RATIO: Final = 100
"""How many times its compressed size a file may unfold to (small files are not measured)."""
RATIO_FROM: Final = 64 * 1024
"""Files below this many bytes may compress as they like: a page of blanks is no bomb."""
FILES: Final = 2_000
NAME: Final = 300
"""Bytes of a name in UTF-8."""
MIME: Final = "application/miniapp-pkg+zip"
"""W3C MiniApp Packaging, section on the media type."""
MANIFEST: Final = "manifest.json"
FILES_JSON: Final = "META/files.json"
SIGNATURE: Final = "META/developer.jws"
META: Final = frozenset({FILES_JSON, SIGNATURE})
