"""Device addresses: the value sealed, its keyed hash unique, so that one device belongs to one person."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from notifications.models import Base


class AddressKind(StrEnum):
    FCM_FID = "fcm_fid"
    FCM_TOKEN = "fcm_token"  # noqa: S105 (the kind's name, not a token)
    WEBPUSH = "webpush"


class PushAddress(Base):
    __tablename__ = "push_address"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[AddressKind] = mapped_column(one_of(AddressKind, "kind"))
    value: Mapped[Sealed]
    value_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    device: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[Created]
    registered_at: Mapped[Instant] = mapped_column(index=True)
    last_ok_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
