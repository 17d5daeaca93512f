"""The bytes of pages: read once from the blob store, believed only if their digest is the reviewed one, and held while there is room."""

from collections import OrderedDict
from hashlib import sha256
from typing import Final, Protocol

import structlog

from kernel.blobs import BlobMissing

log = structlog.get_logger()
ROOM: Final = 32 * 1024 * 1024  # bytes held in memory
LARGEST: Final = 4 * 1024 * 1024  # larger files are read each time


class AlteredBytes(Exception):
    """The store does not hold the bytes that were reviewed."""


class Reads(Protocol):
    async def get(self, key: str) -> bytes: ...


class Files:
    """Content-addressed files: what was checked once cannot change under its name."""

    def __init__(self, blobs: Reads) -> None:
        self._blobs = blobs
        self._held: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0

    async def read(self, digest: bytes) -> bytes:
        """Raises AlteredBytes where the bytes are missing or others."""
        held = self._held.get(digest)
        if held is not None:
            self._held.move_to_end(digest)
            return held
        try:
            content = await self._blobs.get(f"packages/{digest.hex()}")
        except BlobMissing as missing:
            log.exception("pages.bytes_missing", digest=digest.hex())
            raise AlteredBytes from missing
        if sha256(content).digest() != digest:
            log.error("pages.bytes_altered", digest=digest.hex())
            raise AlteredBytes
        self._keep(digest, content)
        return content

    def _keep(self, digest: bytes, content: bytes) -> None:
        if len(content) > LARGEST or digest in self._held:
            return
        self._held[digest] = content
        self._size += len(content)
        while self._size > ROOM:
            self._size -= len(self._held.popitem(last=False)[1])
