"""Authorities as dated rows (ministries are reorganised), and what they asked for."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base


class Channel(StrEnum):
    PHONE = "phone"
    PAPER = "paper"
    ELECTRONIC = "electronic"


class AuthorityOutcome(StrEnum):
    ACTED = "acted"
    PARTLY = "partly"
    REFUSED = "refused"


class Authority(Base):
    __tablename__ = "moderation_authority"
    __table_args__ = (UniqueConstraint("key", "valid_from"), CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"))

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60))
    name_vi: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class AuthorityRequest(Base):
    """`due_at`: 24 hours by the wall clock after receipt (Decree 147/2024)."""

    __tablename__ = "moderation_authority_request"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answer"),
        Index("ix_moderation_authority_request_open", "due_at", "id", postgresql_where=text("answered_at IS NULL")),
    )

    id: Mapped[Id]
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey(Authority.id))
    reference: Mapped[str] = mapped_column(String(200))
    legal_ref: Mapped[str] = mapped_column(String(300))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("identity.moderation_case.id"))
    received_at: Mapped[Instant]
    due_at: Mapped[Instant]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Created]
    outcome: Mapped[AuthorityOutcome | None] = mapped_column(one_of(AuthorityOutcome, "outcome"))
    note: Mapped[str | None] = mapped_column(String(1000))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    alarmed_at: Mapped[datetime | None]
