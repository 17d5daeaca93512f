"""Breaches of personal data and every step taken about them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from identity.models import Base


class BreachState(StrEnum):
    OPEN = "open"
    ASSESSED = "assessed"
    NOTIFIED = "notified"
    CLOSED = "closed"


class ToldKind(StrEnum):
    AUTHORITY = "authority"
    PERSONS = "persons"
    PUBLIC = "public"
    PROCESSOR = "processor"


class Breach(Base):
    """`due_at`: 72 hours after it was noticed (Law 91/2025/QH15). `account` (sealed): what happened, in words."""

    __tablename__ = "breach"
    __table_args__ = (
        Index("ix_breach_due_at_open", "due_at", postgresql_where=text("state IN ('open', 'assessed')")),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("due_at > noticed_at", name="clock"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("state IN ('open', 'assessed') OR notified_at IS NOT NULL OR no_notice_because IS NOT NULL", name="told"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(200))
    account: Mapped[Sealed]
    severity: Mapped[int]
    state: Mapped[BreachState] = mapped_column(one_of(BreachState, "state"))
    attributes: Mapped[list[str]]
    persons_affected: Mapped[int | None] = mapped_column(Integer)
    noticed_at: Mapped[Instant]
    due_at: Mapped[Instant]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Created]
    notified_at: Mapped[datetime | None]
    no_notice_because: Mapped[str | None] = mapped_column(String(1000))
    warned_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class BreachStep(Base):
    """What was done, or who was told, when and how; appended, never changed."""

    __tablename__ = "breach_step"
    __table_args__ = (Index(None, "breach_id", "at", "id"), CheckConstraint("(told IS NULL) = (told_whom IS NULL)", name="told"))

    id: Mapped[Id]
    breach_id: Mapped[UUID] = mapped_column(ForeignKey(Breach.id))
    at: Mapped[Instant]
    by: Mapped[UUID]
    state: Mapped[BreachState] = mapped_column(one_of(BreachState, "state"))
    told: Mapped[ToldKind | None] = mapped_column(one_of(ToldKind, "told"))
    told_whom: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(2000))
