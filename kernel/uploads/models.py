"""Uploads under way and finished, and the pieces they came in; the bytes lie in the blob store."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from kernel.models import Base


class UploadState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    TAKEN = "taken"
    REFUSED = "refused"


class Upload(Base):
    """One upload. `offset` bytes have arrived; `lease` is the request that writes now, until `leased_until`.

    `description` is what the sender said of the file (tus Upload-Metadata), given back and never believed. `refusal` is the code of what
    was found wrong with the content.
    """

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint('"offset" >= 0 AND "offset" <= "length"', name="offset"),
        Index(None, "person_id", "purpose"),
        Index(None, "expires_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(1000))
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[UploadState] = mapped_column(one_of(UploadState, "state"), default=UploadState.OPEN)
    refusal: Mapped[str | None] = mapped_column(String(80))
    media_type: Mapped[str | None] = mapped_column(String(80))
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    scanned: Mapped[bool] = mapped_column(default=False)
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]


class UploadPiece(Base):
    """One piece in the blob store; `number` is the offset it starts at."""

    __tablename__ = "upload_piece"
    __table_args__ = (PrimaryKeyConstraint("upload_id", "number"),)

    upload_id: Mapped[UUID] = mapped_column(ForeignKey(Upload.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(BigInteger)
    blob: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
