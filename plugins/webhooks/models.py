"""What the hub tells backends: where to, the messages, and every attempt to bring one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint
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
    """Where an app hears us. `url` is null where its backend runs in this process; `secret` is the shared one of v1, sealed."""

    __tablename__ = "webhook_endpoint"

    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id), primary_key=True)
    url: Mapped[str | None]
    events: Mapped[list[str]]
    secret: Mapped[Sealed]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    updated_at: Mapped[Instant]


class Message(Base):
    """One message. `body` is what is signed and sent, byte for byte; `dedupe` keeps one fact from being told twice."""

    __tablename__ = "webhook_message"
    __table_args__ = (UniqueConstraint("app_id", "dedupe"), Index(None, "state", "created_at"))

    id: Mapped[Id]
    app_id: Mapped[str] = mapped_column(ForeignKey(MiniApp.app_id))
    type: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    dedupe: Mapped[str] = mapped_column(String(200))
    state: Mapped[MessageState] = mapped_column(one_of(MessageState, "state"))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[Created]
    finished_at: Mapped[datetime | None]


class Attempt(Base):
    """One attempt: the answer's status, or why there was none."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (Index(None, "message_id", "number"),)

    id: Mapped[Id]
    message_id: Mapped[UUID] = mapped_column(ForeignKey(Message.id))
    number: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[Instant]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    failure: Mapped[str | None] = mapped_column(String(40))
    milliseconds: Mapped[int] = mapped_column(Integer)
