"""Grants to see personal data, and records that only few may open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant
from identity.models import Base
from identity.people.models import Person


class PiiGrant(Base):
    """Fifteen minutes for one officer, one case, one purpose and one person, who is never the officer."""

    __tablename__ = "pii_grant"
    __table_args__ = (
        CheckConstraint("officer_id <> person_id", name="own"),
        CheckConstraint("expires_at > granted_at", name="duration"),
        Index(None, "officer_id", "granted_at"),
    )

    id: Mapped[Id]
    officer_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("identity.moderation_case.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    purpose: Mapped[str] = mapped_column(String(500))
    granted_at: Mapped[Created]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class FlaggedRecord(Base):
    """A record of special care (a public figure, a protected person): no officer opens it but those with their own permission for it."""

    __tablename__ = "flagged_record"
    __table_args__ = (Index("uq_flagged_record_current", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    because: Mapped[str] = mapped_column(String(300))
    flagged_by: Mapped[UUID]
    flagged_at: Mapped[Created]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
