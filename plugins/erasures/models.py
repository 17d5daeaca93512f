"""One duty of one app: erase what it holds of a person, and say when it is done."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from plugins.models import Base
from plugins.registry.models import MiniApp


class ErasureReason(StrEnum):
    REMOVED = "removed"
    ACCOUNT_ERASED = "account_erased"


class AppErasure(Base):
    """`sub` is the name the app knows the person by; `person_id` is empty where the account itself is gone."""

    __tablename__ = "app_erasure"
    __table_args__ = (
        CheckConstraint("reason = 'removed' OR person_id IS NULL", name="person"),
        Index(None, "app_id", "asked_at"),
        Index(None, "person_id"),
        Index("ix_app_erasure_open", "due_at", postgresql_where=text("confirmed_at IS NULL")),
    )

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    sub: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[UUID | None]
    reason: Mapped[ErasureReason] = mapped_column(one_of(ErasureReason, "reason"))
    asked_at: Mapped[Created]
    due_at: Mapped[Instant]
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[Instant]
    confirmed_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
