"""Passwords as Argon2id hashes, and TOTP secrets sealed with the person's own key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed
from identity.models import Base
from identity.people.models import Person


class Password(Base):
    """At most one per person; alone it never opens more than level 1."""

    __tablename__ = "password"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[Instant]


class Totp(Base):
    """An authenticator app (RFC 6238). `last_step` is the newest time step that was used: no step counts twice."""

    __tablename__ = "totp"
    __table_args__ = (
        Index("uq_totp_person_id_confirmed", "person_id", unique=True, postgresql_where=text("confirmed_at IS NOT NULL")),
        Index(None, "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    secret: Mapped[Sealed]
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Created]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
