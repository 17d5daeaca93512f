"""What is said of an upload beside the headers of the protocol."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.schemas import Out
from kernel.uploads.models import Upload, UploadState


class UploadOut(Out):
    """Sizes in bytes; `sha256` in hexadecimal once it is finished; `scanned` tells whether a virus scanner looked."""

    id: UUID
    purpose: str
    length: int
    offset: int
    state: UploadState
    refusal: str | None
    media_type: str | None
    sha256: str | None
    scanned: bool
    expires_at: datetime


def upload_out(upload: Upload) -> UploadOut:
    return UploadOut(
        id=upload.id,
        purpose=upload.purpose,
        length=upload.length,
        offset=upload.offset,
        state=upload.state,
        refusal=upload.refusal,
        media_type=upload.media_type,
        sha256=upload.sha256.hex() if upload.sha256 else None,
        scanned=upload.scanned,
        expires_at=upload.expires_at,
    )
