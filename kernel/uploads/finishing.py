"""Looks at an upload that has arrived whole: what kind it is, whether it is malicious, and then puts its pieces together."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from hanoismart.clock import now
from hanoismart.server.database import Database
from kernel.blobs import Blobs
from kernel.uploads.holding import FINISHING, KEPT, Hold, folder, renew, whole
from kernel.uploads.models import Upload, UploadPiece, UploadState
from kernel.uploads.ports import Scanner
from kernel.uploads.problems import ContentRefused, Infected, UploadLocked, UploadRefused
from kernel.uploads.purposes import find
from kernel.uploads.sniffing import HEAD, kind_of


async def finish(database: Database, blobs: Blobs, scanner: Scanner, held: Hold) -> None:
    """Make it a finished upload. Raises ContentRefused or Infected (and the bytes are gone), or ScannerAway (and all stays as it is)."""
    await renew(database, held, FINISHING)
    async with database.session() as session:
        found = select(UploadPiece.blob).where(UploadPiece.upload_id == held.upload_id).order_by(UploadPiece.number)
        pieces = list(await session.scalars(found))
    purpose = find(held.purpose)
    kind = kind_of(await _head(blobs, pieces))
    if purpose is None or kind is None or kind not in purpose.kinds:
        await _refuse(database, blobs, held, ContentRefused())
    scan = await scanner.scan(_content(blobs, pieces))
    if scan.found is not None:
        await _refuse(database, blobs, held, Infected())
    digest = hashlib.sha256()
    await blobs.put_stream(whole(held.upload_id), _content(blobs, pieces, digest))
    kept = purpose.kept if purpose else KEPT
    await _state(
        database,
        held,
        state=UploadState.FINISHED,
        media_type=kind,
        sha256=digest.digest(),
        scanned=scan.scanned,
        expires_at=now() + kept,
    )
    for blob in pieces:
        await blobs.delete(blob)


async def clear(blobs: Blobs, upload_id: UUID) -> None:
    """Remove every file of an upload."""
    for key in [key async for key in blobs.keys(folder(upload_id))]:
        await blobs.delete(key)


async def _head(blobs: Blobs, pieces: Sequence[str]) -> bytes:
    head = b""
    async for part in _content(blobs, pieces):
        head += part[:HEAD]
        if len(head) >= HEAD:
            break
    return head[:HEAD]


async def _content(blobs: Blobs, pieces: Sequence[str], digest: Any = None) -> AsyncIterator[bytes]:
    for blob in pieces:
        async for part in blobs.stream(blob):
            if digest is not None:
                digest.update(part)
            yield part


async def _refuse(database: Database, blobs: Blobs, held: Hold, refusal: UploadRefused) -> None:
    await _state(database, held, state=UploadState.REFUSED, refusal=refusal.code)
    await clear(blobs, held.upload_id)
    raise refusal


async def _state(database: Database, held: Hold, **values: UploadState | str | bytes | bool | datetime | None) -> None:
    async with database.transaction() as session:
        upload = await session.get(Upload, held.upload_id, with_for_update=True)
        if upload is None or upload.lease != held.lease or upload.state is not UploadState.OPEN:
            raise UploadLocked
        for name, value in values.items():
            setattr(upload, name, value)
        await session.execute(delete(UploadPiece).where(UploadPiece.upload_id == held.upload_id))
