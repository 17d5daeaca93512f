"""Messages as rows of their person, each with the person's next number."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, one_of
from notifications.models import Base
from notifications.preferences.categories import Category


class InboxCounter(Base):
    """The person's last number. Its row lock makes numbers visible in their order: a reader never sees 8 before 7."""

    __tablename__ = "inbox_counter"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)


class Notification(Base):
    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "dedupe"),
        UniqueConstraint("person_id", "seq"),
        Index("ix_notification_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    template_key: Mapped[str] = mapped_column(String(240))
    category: Mapped[Category] = mapped_column(one_of(Category, "category"))
    values: Mapped[dict[str, Any]]
    link: Mapped[str | None] = mapped_column(String(500))
    dedupe: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Created]
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
