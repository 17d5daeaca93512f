"""One delivery per message, channel and device, and what became of it."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Id, Instant, one_of
from notifications.addresses.models import PushAddress
from notifications.inbox.models import Notification
from notifications.models import Base
from notifications.preferences.categories import Channel


class DeliveryState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Delivery(Base):
    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("notification_id", "channel", "address_id"),)

    id: Mapped[Id]
    notification_id: Mapped[UUID] = mapped_column(ForeignKey(Notification.id, ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    address_id: Mapped[UUID | None] = mapped_column(ForeignKey(PushAddress.id, ondelete="SET NULL"), index=True)
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState, "state"))
    reason: Mapped[str | None] = mapped_column(String(40))
    """Why it was suppressed or failed: preference, expired, read, address_dead, not_configured, rejected, exhausted."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[Created]
    changed_at: Mapped[Instant]
