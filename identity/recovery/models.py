"""Recoveries, the codes they send, and the links by which their account's person stops them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from identity.models import Base
from identity.people.models import Person


class RecoveryState(StrEnum):
    """`requested` asks for proofs, `waiting` has them and waits, then it is `done` or `cancelled`."""

    REQUESTED = "requested"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class Proof(StrEnum):
    """`identity`: chip or VNeID read again, enough alone. Of the others two different ones are needed, never SMS alone."""

    IDENTITY = "identity"
    SMS = "sms"
    EMAIL = "email"
    TOTP = "totp"
    PASSWORD = "password"  # noqa: S105 (the name of a proof)


class Recovery(Base):
    """A request for an account that does not exist stands here as well, with nobody behind it, so that nothing is told."""

    __tablename__ = "recovery"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'cancelled') OR (person_id IS NOT NULL AND ready_at IS NOT NULL)", name="proved"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
        Index("uq_recovery_person_id_waiting", "person_id", unique=True, postgresql_where=text("state = 'waiting'")),
        Index(None, "person_id", "created_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    state: Mapped[RecoveryState] = mapped_column(one_of(RecoveryState, "state"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    proofs: Mapped[list[str]]
    network: Mapped[str] = mapped_column(String(50))
    place: Mapped[str | None] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    ready_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None] = mapped_column(String(40))


class CancelLink(Base):
    """One per channel and recovery; only the hash of its token stands here."""

    __tablename__ = "recovery_cancel_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    recovery_id: Mapped[UUID] = mapped_column(ForeignKey(Recovery.id, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
