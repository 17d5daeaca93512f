"""Takes the bytes of one request in pieces, so that a connection that breaks loses next to nothing and memory stays small."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from starlette.requests import ClientDisconnect

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from kernel.blobs import Blobs
from kernel.uploads.holding import Hold, add_pieces, folder, renew
from kernel.uploads.problems import ChecksumInvalid, ChecksumWrong, SenderStalled, UploadTooLarge

PIECE: Final = 4 * 1024 * 1024
STALLED_SECONDS: Final = 30.0
RENEW_SECONDS: Final = 10.0
ALGORITHMS: Final = ("sha1", "sha256")  # tus asks for sha1, which guards against accidents only


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the body of one request must hash to."""

    algorithm: str
    digest: bytes

    def new(self) -> Any:
        return hashlib.new(self.algorithm, usedforsecurity=False)


def checksum_of(header: str | None) -> Checksum | None:
    """An Upload-Checksum header (`sha256 <base64>`). Raises ChecksumInvalid, also for an algorithm that is not offered."""
    if header is None:
        return None
    algorithm, _, encoded = header.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ChecksumInvalid from error
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise ChecksumInvalid
    return Checksum(algorithm, digest)


class Receiving:
    """One request's bytes. Without a checksum each piece counts once it is kept; with one, all or nothing."""

    def __init__(self, database: Database, blobs: Blobs, held: Hold, checksum: Checksum | None) -> None:
        self._database = database
        self._blobs = blobs
        self._held = held
        self._checksum = checksum
        self._hash = checksum.new() if checksum else None
        self._offset = held.offset
        self._taken = 0
        self._buffer = bytearray()
        self._staged: list[tuple[str, int]] = []

    async def run(self, body: AsyncIterator[bytes]) -> int:
        """The offset after everything arrived. Raises SenderStalled, UploadTooLarge, ChecksumWrong or UploadLocked."""
        try:
            await self._read(body)
        except (ClientDisconnect, TimeoutError) as cut:
            if self._checksum is None:
                await self._keep()
            else:
                await self._drop()
            raise SenderStalled from cut
        except BaseException:
            await self._drop()
            raise
        await self._settle()
        return self._offset

    async def _read(self, body: AsyncIterator[bytes]) -> None:
        renewed = monotonic()
        while True:
            async with asyncio.timeout(STALLED_SECONDS):
                chunk = await anext(body, None)
            if chunk is None:
                return
            self._taken += len(chunk)
            if self._held.offset + self._taken > self._held.length:
                raise UploadTooLarge
            self._buffer += chunk
            if self._hash is not None:
                self._hash.update(chunk)
            if len(self._buffer) >= PIECE or monotonic() - renewed > RENEW_SECONDS:
                await (self._keep() if self._checksum is None else self._stage())
                renewed = monotonic()

    async def _settle(self) -> None:
        if self._checksum is None:
            await self._keep()
            return
        if self._hash is None or self._hash.digest() != self._checksum.digest:
            await self._drop()
            raise ChecksumWrong
        await self._put()
        self._offset = await add_pieces(self._database, self._held, self._offset, self._staged)

    async def _keep(self) -> None:
        await self._put()
        if self._staged:
            self._offset = await add_pieces(self._database, self._held, self._offset, self._staged)
            self._staged = []

    async def _stage(self) -> None:
        await self._put()
        await renew(self._database, self._held)

    async def _put(self) -> None:
        if self._buffer:
            # A name of its own: whoever lost the lease meanwhile overwrites nobody.
            blob = f"{folder(self._held.upload_id)}/{new_id()}"
            await self._blobs.put(blob, bytes(self._buffer))
            self._staged.append((blob, len(self._buffer)))
            self._buffer.clear()

    async def _drop(self) -> None:
        self._buffer.clear()
        for blob, _ in self._staged:
            await self._blobs.delete(blob)
        self._staged = []
