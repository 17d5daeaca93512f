"""A session freezes its tariff when it starts; each payment buys one segment of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hanoismart.server.models import Created, Dong, Id, Instant, one_of
from miniapps.parking.server.models import Base, VehicleClass
from miniapps.parking.server.places.models import Place
from miniapps.parking.server.rates.models import RateTableRow


class SessionState(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    ACTIVE = "active"
    ENDED = "ended"
    STOPPED = "stopped"
    LAPSED = "lapsed"


OPEN = (SessionState.AWAITING_PAYMENT, SessionState.ACTIVE)
ERASED = "erased"
"""Stands where the subject of somebody erased stood; no subject looks like it."""


class ParkingSession(Base):
    """`subject` is the person as this app knows them; `printed_name` is sealed, and only there where they agreed.

    `refund_due` is what was paid for time that was not used; `reminder_lead` in seconds before `ends_at`.
    """

    __tablename__ = "parking_session"
    __table_args__ = (
        Index(
            "uq_parking_session_open", "plate", "place_id", unique=True, postgresql_where=text("state IN ('awaiting_payment', 'active')")
        ),
        Index(None, "subject", "created_at"),
        CheckConstraint("ends_at > starts_at", name="forward"),
        CheckConstraint("refund_due >= 0", name="refund"),
    )

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(80))
    plate: Mapped[str] = mapped_column(String(12))
    vehicle_class: Mapped[VehicleClass] = mapped_column(one_of(VehicleClass, "vehicle_class"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    rate_table_id: Mapped[UUID] = mapped_column(ForeignKey(RateTableRow.id))
    state: Mapped[SessionState] = mapped_column(one_of(SessionState, "state"))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    stopped_at: Mapped[datetime | None]
    reminder_lead: Mapped[int | None] = mapped_column(Integer)
    wants_name: Mapped[bool]
    printed_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    refund_due: Mapped[Dong] = mapped_column(default=0)
    created_at: Mapped[Created]


class SegmentState(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    LAPSED = "lapsed"


class Segment(Base):
    """A stretch of a session that was bought at once; `intent_id` and `qr_text` are the hub's."""

    __tablename__ = "segment"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        Index("uq_segment_waiting", "session_id", unique=True, postgresql_where=text("state = 'awaiting_payment'")),
        CheckConstraint("ends_at > starts_at", name="forward"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[Id]
    session_id: Mapped[UUID] = mapped_column(ForeignKey(ParkingSession.id))
    number: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    amount: Mapped[Dong]
    state: Mapped[SegmentState] = mapped_column(one_of(SegmentState, "state"))
    intent_id: Mapped[UUID | None]
    qr_text: Mapped[str | None]
    pay_before: Mapped[Instant]
    paid_at: Mapped[datetime | None]
    created_at: Mapped[Created]
