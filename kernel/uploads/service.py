"""Begins, ends and hands over uploads."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from kernel.uploads.holding import locked, refusal_of, whole, writing
from kernel.uploads.models import Upload, UploadState
from kernel.uploads.problems import (
    LengthInvalid,
    PurposeUnknown,
    TooManyUploads,
    UploadGone,
    UploadLocked,
    UploadNotFound,
    UploadTaken,
    UploadTooLarge,
    UploadUnfinished,
)
from kernel.uploads.purposes import find

_LOCK = 0x4853_5550


@dataclass(frozen=True, slots=True)
class Finished:
    """A file that was handed over: `key` in the blob store, `size` in bytes, what it is by its content, whether a scanner saw it.

    The file is removed a day after it was taken (the purpose's `kept`): copy what must stay.
    """

    upload_id: UUID
    key: str
    size: int
    sha256: bytes
    media_type: str
    scanned: bool


async def create(session: AsyncSession, person_id: UUID, purpose_name: str, length: int, description: str) -> Upload:
    """Begin an upload of `length` bytes. Raises PurposeUnknown, LengthInvalid, UploadTooLarge or TooManyUploads."""
    purpose = find(purpose_name)
    if purpose is None:
        raise PurposeUnknown
    if length < 1:
        raise LengthInvalid
    if length > purpose.most_bytes:
        raise UploadTooLarge(most_bytes=purpose.most_bytes)
    # Two at once would each see room for themselves.
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(str(person_id)))))
    mine = (Upload.person_id == person_id) & (Upload.purpose == purpose.name) & (Upload.expires_at > now())
    counted = select(func.count(), func.coalesce(func.sum(Upload.length), 0)).where(
        mine, Upload.state.in_([UploadState.OPEN, UploadState.FINISHED])
    )
    number, held = (await session.execute(counted)).one()
    if number >= purpose.open_uploads or held + length > purpose.open_bytes:
        raise TooManyUploads(headers={"Retry-After": "3600"})
    upload = Upload(
        id=new_id(),
        person_id=person_id,
        purpose=purpose.name,
        description=description,
        length=length,
        offset=0,
        state=UploadState.OPEN,
        expires_at=now() + purpose.kept,
    )
    session.add(upload)
    await session.flush()
    return upload


async def read(session: AsyncSession, upload_id: UUID, person_id: UUID) -> Upload:
    """The person's upload. Raises UploadNotFound or UploadGone."""
    upload = await session.get(Upload, upload_id)
    if upload is None or upload.person_id != person_id:
        raise UploadNotFound
    if upload.expires_at < now():
        raise UploadGone
    return upload


async def terminate(session: AsyncSession, upload_id: UUID, person_id: UUID) -> None:
    """Forget an upload; its files follow. Raises UploadNotFound, UploadGone, UploadLocked or UploadTaken."""
    upload = await locked(session, upload_id, person_id)
    if upload.state is UploadState.TAKEN:
        raise UploadTaken
    if writing(upload):
        raise UploadLocked(headers={"Retry-After": "1"})
    await session.delete(upload)
    await session.flush()


async def find_finished(session: AsyncSession, upload_id: UUID, person_id: UUID, purpose: str) -> Finished:
    """A finished upload, to be looked at before it is taken. Raises as `take`."""
    try:
        return _finished(await read(session, upload_id, person_id), purpose)
    except UploadGone as gone:
        raise UploadNotFound from gone


async def take(session: AsyncSession, upload_id: UUID, person_id: UUID, purpose: str) -> Finished:
    """Hand a finished upload over, once, in the caller's transaction.

    Raises UploadNotFound (also for another person's or another purpose), UploadUnfinished, UploadRefused, UploadTaken (an
    UploadRefused, too).
    """
    try:
        upload = await locked(session, upload_id, person_id)
    except UploadGone as gone:
        raise UploadNotFound from gone
    finished, found = _finished(upload, purpose), find(upload.purpose)
    upload.state, upload.expires_at = UploadState.TAKEN, now() + (found.kept if found else timedelta(days=1))
    await session.flush()
    return finished


def _finished(upload: Upload, purpose: str) -> Finished:
    if upload.purpose != purpose:
        raise UploadNotFound
    refused = refusal_of(upload)
    if refused is not None:
        raise refused
    if upload.state is not UploadState.FINISHED or upload.sha256 is None or upload.media_type is None:
        raise UploadUnfinished
    return Finished(upload.id, whole(upload.id), upload.length, upload.sha256, upload.media_type, upload.scanned)


async def forget(session: AsyncSession, person_id: UUID) -> None:
    """A person's account was erased: what they uploaded and nobody took goes with the next purge."""
    left = update(Upload).where(Upload.person_id == person_id, Upload.state != UploadState.TAKEN)
    await session.execute(left.values(expires_at=now(), description=""))
