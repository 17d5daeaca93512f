"""What a reporter's reports came to, and when somebody was muted and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from identity.models import Base
from identity.people.models import Person


class Reporter(Base):
    __tablename__ = "moderation_reporter"
    __table_args__ = (CheckConstraint("upheld >= 0 AND rejected >= 0", name="counts"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    upheld: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    muted_until: Mapped[datetime | None]


class Muting(Base):
    """Somebody may not report until a moment: an action with its reasons, appended and never changed."""

    __tablename__ = "moderation_muting"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    until: Mapped[Instant]
    reason_vi: Mapped[str] = mapped_column(String(500))
    reason_en: Mapped[str] = mapped_column(String(500))
    by: Mapped[UUID]
    at: Mapped[Created]
