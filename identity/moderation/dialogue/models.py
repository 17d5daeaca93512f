"""Messages about a case, and the ready-made texts of the office."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Sealed, one_of
from identity.models import Base


class Party(StrEnum):
    OWNER = "owner"
    STAFF = "staff"


class Message(Base):
    """`author_id` never leaves the house for staff: the owner sees `role`. `appeal_id`: said within an appeal."""

    __tablename__ = "moderation_message"
    __table_args__ = (Index(None, "case_id", "at", "id"),)

    id: Mapped[Id]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("identity.moderation_case.id"))
    appeal_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.moderation_appeal.id"))
    party: Mapped[Party] = mapped_column(one_of(Party, "party"))
    role: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[UUID]
    text: Mapped[Sealed]
    at: Mapped[Created]


class MessageTemplate(Base):
    """Words for an occasion in both languages; a change is a new version, and the newest counts."""

    __tablename__ = "moderation_template"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    text_vi: Mapped[str] = mapped_column(String(2000))
    text_en: Mapped[str] = mapped_column(String(2000))
    made_at: Mapped[Created]
