"""Starting, extending and showing a session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import Out
from hanoismart.server.sealing import Keyring
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.rates.schemas import Until
from miniapps.parking.server.sessions.models import ParkingSession, Segment, SegmentState


class SessionIn(Until):
    """`reminder_lead` in seconds before the end; null means no reminder."""

    plate: Annotated[str, StringConstraints(min_length=6, max_length=20)]
    vehicle_class: VehicleClass
    place_id: UUID
    reminder_lead: Annotated[int, Field(ge=5, le=7200)] | None = 600


class ExtendIn(Until):
    """The new end, or how many seconds longer."""


class PaymentOut(Out):
    """What is to be paid for the open segment; `qr_text` is a VietQR."""

    intent_id: UUID | None
    amount: int
    qr_text: str | None
    pay_before: datetime


class SegmentOut(Out):
    number: int
    starts_at: datetime
    ends_at: datetime
    amount: int
    state: SegmentState
    paid_at: datetime | None


class SessionOut(Out):
    """`printed_name` stands on the ticket where the driver agreed; `refund_due` in đồng."""

    id: UUID
    state: str
    plate: str
    vehicle_class: VehicleClass
    place_id: UUID
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    paid: int
    refund_due: int
    printed_name: str | None
    payment: PaymentOut | None
    segments: list[SegmentOut]


def session_out(row: ParkingSession, segments: Sequence[Segment], keyring: Keyring) -> SessionOut:
    open_segment = next((one for one in segments if one.state is SegmentState.AWAITING_PAYMENT), None)
    name = None if row.printed_name is None else keyring.open(row.printed_name, context=row.id.bytes).decode()
    return SessionOut(
        id=row.id,
        state=row.state,
        plate=row.plate,
        vehicle_class=row.vehicle_class,
        place_id=row.place_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        stopped_at=row.stopped_at,
        paid=sum(one.amount for one in segments if one.state is SegmentState.PAID),
        refund_due=row.refund_due,
        printed_name=name,
        payment=None if open_segment is None else PaymentOut.model_validate(open_segment),
        segments=[SegmentOut.model_validate(one) for one in segments],
    )
