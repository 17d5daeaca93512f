"""Lets one request at a time write an upload: a lease on its row, taken and renewed in short transactions while the bytes stream."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from kernel.uploads.models import Upload, UploadPiece, UploadState
from kernel.uploads.problems import (
    ContentRefused,
    Infected,
    OffsetWrong,
    UploadGone,
    UploadLocked,
    UploadNotFound,
    UploadRefused,
    UploadTaken,
)
from kernel.uploads.purposes import find

LEASE: Final = timedelta(seconds=60)
FINISHING: Final = timedelta(minutes=5)  # a large file is scanned and put together in far less
KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write: which upload, by which lease, from where to where. Sizes in bytes. `finished`: nothing is left to be done."""

    upload_id: UUID
    lease: UUID
    purpose: str
    offset: int
    length: int
    finished: bool = False


def folder(upload_id: UUID) -> str:
    """Where the upload's files lie in the blob store."""
    return f"uploads/{upload_id}"


def whole(upload_id: UUID) -> str:
    """The key of the finished file."""
    return f"{folder(upload_id)}/whole"


async def locked(session: AsyncSession, upload_id: UUID, person_id: UUID) -> Upload:
    """The person's upload, its row locked. Raises UploadNotFound (somebody else's too) or UploadGone."""
    upload = await session.get(Upload, upload_id, with_for_update=True, populate_existing=True)
    if upload is None or upload.person_id != person_id:
        raise UploadNotFound
    if upload.expires_at < now():
        raise UploadGone
    return upload


def refusal_of(upload: Upload) -> UploadRefused | None:
    """Why nothing more may be done with an upload; None while it is open or finished."""
    if upload.state is UploadState.TAKEN:
        return UploadTaken()
    if upload.state is not UploadState.REFUSED:
        return None
    kind = {Infected.code: Infected, ContentRefused.code: ContentRefused}.get(upload.refusal or "", UploadRefused)
    return kind()


def writing(upload: Upload) -> bool:
    return upload.lease is not None and upload.leased_until is not None and upload.leased_until > now()


async def hold(database: Database, upload_id: UUID, person_id: UUID, offset: int) -> Hold:
    """Take the lease. Raises UploadNotFound, UploadGone, UploadRefused, UploadTaken, UploadLocked or OffsetWrong."""
    async with database.transaction() as session:
        upload = await locked(session, upload_id, person_id)
        refused = refusal_of(upload)
        if refused is not None:
            raise refused
        if writing(upload):
            raise UploadLocked(headers={"Retry-After": "1"})
        if upload.offset != offset:
            raise OffsetWrong(headers={"Upload-Offset": str(upload.offset)})
        upload.lease, upload.leased_until = new_id(), now() + LEASE
        return Hold(upload.id, upload.lease, upload.purpose, upload.offset, upload.length, upload.state is UploadState.FINISHED)


async def renew(database: Database, held: Hold, lease: timedelta = LEASE) -> None:
    """Keep the lease. Raises UploadLocked where it was lost."""
    async with database.transaction() as session:
        (await _mine(session, held)).leased_until = now() + lease


async def add_pieces(database: Database, held: Hold, offset: int, pieces: list[tuple[str, int]]) -> int:
    """Write down pieces (blob, size) that arrived at `offset`; the new offset. Raises UploadLocked where the lease was lost."""
    async with database.transaction() as session:
        upload = await _mine(session, held)
        if upload.offset != offset:
            raise UploadLocked
        for blob, size in pieces:
            # The offset a piece starts at orders pieces, and no two start at one.
            session.add(UploadPiece(upload_id=upload.id, number=upload.offset, blob=blob, size=size))
            upload.offset += size
        purpose = find(upload.purpose)
        upload.leased_until, upload.expires_at = now() + LEASE, now() + (purpose.kept if purpose else KEPT)
        return upload.offset


async def release(database: Database, held: Hold) -> None:
    """Let others write; a lease that was lost is fine."""
    async with database.transaction() as session:
        mine = update(Upload).where(Upload.id == held.upload_id, Upload.lease == held.lease)
        await session.execute(mine.values(lease=None, leased_until=None))


async def _mine(session: AsyncSession, held: Hold) -> Upload:
    upload = await session.get(Upload, held.upload_id, with_for_update=True, populate_existing=True)
    if upload is None or upload.lease != held.lease:
        raise UploadLocked
    return upload
