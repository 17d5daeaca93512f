"""Security notices on their way, with destination and link sealed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from identity.models import Base
from identity.people.models import Person


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class NoticeKind(StrEnum):
    """What a person is told; the words stand in `identity.notices.words`."""

    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (the name of a kind)
    CONTACT_CHANGED = "contact_changed"
    CONTACT_LOST = "contact_lost"
    GUARDIAN_CHANGED = "guardian_changed"
    DELEGATION_CHANGED = "delegation_changed"
    DEVICE_ADDED = "device_added"
    SESSIONS_ENDED = "sessions_ended"
    TOKEN_REUSED = "token_reused"  # noqa: S105 (the name of a kind)
    RECOVERY_WAITING = "recovery_waiting"
    RECOVERY_CANCELLED = "recovery_cancelled"
    RECOVERY_DONE = "recovery_done"
    IDENTITY_LOCKED = "identity_locked"
    IDENTITY_UNLOCKED = "identity_unlocked"
    ACCOUNT_MERGED = "account_merged"
    ACCOUNT_PARTED = "account_parted"


class OutgoingNotice(Base):
    __tablename__ = "outgoing_notice"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[NoticeKind] = mapped_column(one_of(NoticeKind, "kind"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    destination: Mapped[Sealed]
    link: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]
    sent_at: Mapped[datetime | None]
