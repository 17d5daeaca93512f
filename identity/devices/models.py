"""Devices of a person, each known by the public half of one key."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Document, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class Integrity(StrEnum):
    """What an attestation says of the app and the system below it; `unknown` where nobody vouches."""

    UNKNOWN = "unknown"
    GENUINE = "genuine"
    ALTERED = "altered"


class Device(Base):
    """`jkt` is the RFC 7638 thumbprint of `public_jwk`, the DPoP key of the app's grants."""

    __tablename__ = "device"
    __table_args__ = (Index("uq_device_person_id_jkt_current", "person_id", "jkt", unique=True, postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    jkt: Mapped[str] = mapped_column(String(64))
    public_jwk: Mapped[Document]
    name: Mapped[str] = mapped_column(String(100))
    platform: Mapped[str] = mapped_column(String(20))
    integrity: Mapped[Integrity] = mapped_column(one_of(Integrity, "integrity"))
    created_at: Mapped[Created]
    last_seen_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
