"""What the hub tells backends: where to, the messages, and every attempt to bring one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, Sealed, one_of
from plugins.models import Base
from plugins.registry.models import MiniApp


class MessageState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Endpoint(Base):
    """Where an app hears us. `url` is null where its backend runs in this process; `secret` is the shared one of v1, sealed.

    `own_url` and `own_events` are what the developer chose instead of the manifest's. `old_secret` still signs until `old_until`.
    """

    __tablename__ = "webhook_endpoint"

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id), primary_key=True)
    url: Mapped[str | None]
    events: Mapped[list[str]]
    own_url: Mapped[str | None]
    own_events: Mapped[list[str] | None]
    secret: Mapped[Sealed]
    old_secret: Mapped[Sealed | None]
    old_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    updated_at: Mapped[Instant]

    @property
    def target(self) -> str | None:
        """Where messages go; None into this process."""
        return self.own_url or self.url

    def hears(self, kind: str) -> bool:
        return kind in (self.events if self.own_events is None else self.own_events)


class Message(Base):
    """One message. `body` is what is signed and sent, byte for byte; `dedupe` keeps one fact from being told twice.

    It is sent when it is due and nobody holds it (`leased_until`). `attempts` counts all of them; `begun_at` is the number of attempts
    before the present round, which a replay begins.
    """

    __tablename__ = "webhook_message"
    __table_args__ = (
        UniqueConstraint("app_id", "dedupe"),
        Index(None, "state", "created_at"),
        Index(None, "app_id", "created_at"),
        Index("ix_webhook_message_due", "due_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    type: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    dedupe: Mapped[str] = mapped_column(String(200))
    state: Mapped[MessageState] = mapped_column(one_of(MessageState, "state"))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    begun_at: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[Instant]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    finished_at: Mapped[datetime | None]


class Attempt(Base):
    """One attempt: the answer's status, or why there was none."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (Index(None, "message_id", "number"),)

    id: Mapped[Id]
    message_id: Mapped[UUID] = mapped_column(ForeignKey(Message.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[Instant]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    failure: Mapped[str | None] = mapped_column(String(40))
    milliseconds: Mapped[int] = mapped_column(Integer)
