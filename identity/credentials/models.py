"""Passkeys and the one-time challenges of their ceremonies."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base


class Passkey(Base):
    """`ended_at`: the person took it away; its row stays, so that it is never taken for a new one."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("identity.person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    aaguid: Mapped[str] = mapped_column(String(36))
    synced: Mapped[bool] = mapped_column(Boolean)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Ceremony(StrEnum):
    REGISTER = "register"
    SIGN_IN = "sign_in"


class Challenge(Base):
    """Single use, even when the verification fails."""

    __tablename__ = "passkey_challenge"

    id: Mapped[Id]
    ceremony: Mapped[Ceremony] = mapped_column(one_of(Ceremony, "ceremony"))
    challenge: Mapped[bytes] = mapped_column(LargeBinary(64))
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
