"""Locks a person put on their own identity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Id, Instant
from identity.models import Base
from identity.people.models import Person


class IdentityLock(Base):
    __tablename__ = "identity_lock"
    __table_args__ = (
        Index("uq_identity_lock_person_id_current", "person_id", unique=True, postgresql_where=text("unlocked_at IS NULL")),
        Index(None, "person_id", "locked_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    locked_at: Mapped[Instant]
    unlocked_at: Mapped[datetime | None]
