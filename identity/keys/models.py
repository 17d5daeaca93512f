"""Signing keys; the private half is sealed, the public half is published."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Instant, Sealed, one_of
from identity.models import Base


class KeyPurpose(StrEnum):
    OAUTH = "oauth"
    MINIAPP = "miniapp"


class SigningKey(Base):
    """`activates_at` lies after `created_at`, so that a key is published before its first use."""

    __tablename__ = "signing_key"
    __table_args__ = (Index(None, "purpose", "activates_at"),)

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[KeyPurpose] = mapped_column(one_of(KeyPurpose, "purpose"))
    private: Mapped[Sealed]
    public: Mapped[Document]
    created_at: Mapped[Created]
    activates_at: Mapped[Instant]
    retires_at: Mapped[datetime | None]
