"""The verbs of a session, each in one transaction; money is asked for between them, never within."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.queue import jobs
from miniapps.parking.server.rates import queries as rates
from miniapps.parking.server.rates import service as pricing
from miniapps.parking.server.rates.pricing import quote
from miniapps.parking.server.rates.service import StayInvalid
from miniapps.parking.server.sessions.models import OPEN, ParkingSession, Segment, SegmentState, SessionState
from miniapps.parking.server.sessions.problems import PaymentWaiting, SessionClosed, SessionNotFound, SessionOpen

PAY_WITHIN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to park. `plate` is normalised; `wants_name`: they agreed that their name is printed."""

    subject: str
    plate: str
    vehicle_class: VehicleClass
    place_id: UUID
    ends_at: datetime
    reminder_lead: int | None
    wants_name: bool


async def start(session: AsyncSession, wish: Wish) -> Segment:
    """A session that waits for its first payment (or runs at once where it costs nothing).

    Raises PlaceNotFound, StayInvalid, NoTariff, SessionOpen.
    """
    starts_at = now()
    priced = await pricing.price(session, wish.place_id, wish.vehicle_class, starts_at, wish.ends_at)
    row = ParkingSession(
        id=new_id(),
        subject=wish.subject,
        plate=wish.plate,
        vehicle_class=wish.vehicle_class,
        place_id=wish.place_id,
        rate_table_id=priced.rate_table_id,
        state=SessionState.AWAITING_PAYMENT,
        starts_at=starts_at,
        ends_at=wish.ends_at,
        reminder_lead=wish.reminder_lead,
        wants_name=wish.wants_name,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as taken:
        if "uq_parking_session_open" in str(taken.orig):
            raise SessionOpen from taken
        raise
    return await _segment(session, row, 1, starts_at, wish.ends_at, priced.quote.amount)


async def extend(session: AsyncSession, subject: str, session_id: UUID, *, ends_at: datetime | None, seconds: int | None) -> Segment:
    """The next segment, at the frozen tariff: what the longer stay costs less what the shorter one cost.

    Raises SessionNotFound, SessionClosed, PaymentWaiting, StayInvalid.
    """
    row = await mine(session, subject, session_id, lock=True)
    if row.state is SessionState.AWAITING_PAYMENT or await waiting(session, row.id) is not None:
        raise PaymentWaiting
    if row.state is not SessionState.ACTIVE or row.ends_at <= now():
        raise SessionClosed
    until = ends_at or row.ends_at + timedelta(seconds=seconds or 0)
    if until <= row.ends_at:
        raise StayInvalid
    tariff = await rates.tariff(session, row.rate_table_id)
    whole = pricing.priced(tariff, row.starts_at, until, row.vehicle_class)
    amount = whole.amount - quote(tariff, row.starts_at, row.ends_at, row.vehicle_class).amount
    number = len(await segments(session, row.id)) + 1
    return await _segment(session, row, number, row.ends_at, until, amount)


async def stop(session: AsyncSession, subject: str, session_id: UUID) -> ParkingSession:
    """End a session now; what was paid for time not used is due back. Raises SessionNotFound, SessionClosed."""
    row = await mine(session, subject, session_id, lock=True)
    if row.state not in OPEN:
        raise SessionClosed
    moment = now()
    open_segment = await waiting(session, row.id)
    if open_segment is not None:
        open_segment.state = SegmentState.LAPSED
    if row.state is SessionState.AWAITING_PAYMENT:
        row.state = SessionState.LAPSED
    else:
        row.state = SessionState.STOPPED
        row.refund_due = await _unused(session, row, min(moment, row.ends_at))
    row.stopped_at = moment
    return row


async def settled(session: AsyncSession, segment: Segment) -> None:
    """A segment was paid: its session runs, or runs longer; money for a session that is over is due back."""
    if segment.state is SegmentState.PAID:
        return
    row = await session.get_one(ParkingSession, segment.session_id, with_for_update=True)
    segment.state, segment.paid_at = SegmentState.PAID, now()
    if row.state not in OPEN:
        row.refund_due += segment.amount
        return
    first = row.state is SessionState.AWAITING_PAYMENT
    row.state, row.ends_at = SessionState.ACTIVE, max(row.ends_at, segment.ends_at)
    await session.flush()
    await _timed(session, row)
    if first:
        await jobs.enqueue(session, "parking.started", {"session_id": str(row.id)}, dedupe=str(row.id))


async def lapse(session: AsyncSession, segment_id: UUID) -> None:
    """Nobody paid in time: the segment is off, and with the first one its session."""
    segment = await locked(session, segment_id)
    if segment is not None and segment.pay_before <= now():
        await take_back(session, segment)


async def take_back(session: AsyncSession, segment: Segment) -> None:
    """A locked segment nobody has paid is off, and with the first one its session."""
    if segment.state is not SegmentState.AWAITING_PAYMENT:
        return
    segment.state = SegmentState.LAPSED
    row = await session.get_one(ParkingSession, segment.session_id, with_for_update=True)
    if row.state is SessionState.AWAITING_PAYMENT:
        row.state = SessionState.LAPSED


async def locked(session: AsyncSession, segment_id: UUID) -> Segment | None:
    """A segment under its session's lock, which everybody takes first: in two orders, stopping and being paid would wait for each other."""
    session_id = await session.scalar(select(Segment.session_id).where(Segment.id == segment_id))
    if session_id is None:
        return None
    await session.get_one(ParkingSession, session_id, with_for_update=True)
    return await session.get(Segment, segment_id, with_for_update=True)


async def mine(session: AsyncSession, subject: str, session_id: UUID, *, lock: bool = False) -> ParkingSession:
    """Raises SessionNotFound, also for somebody else's."""
    row = await session.get(ParkingSession, session_id, with_for_update=lock)
    if row is None or row.subject != subject:
        raise SessionNotFound
    return row


async def segments(session: AsyncSession, session_id: UUID) -> Sequence[Segment]:
    found = await session.scalars(select(Segment).where(Segment.session_id == session_id).order_by(Segment.number))
    return found.all()


async def waiting(session: AsyncSession, session_id: UUID) -> Segment | None:
    """The segment that still waits to be paid."""
    found: Segment | None = await session.scalar(
        select(Segment).where(Segment.session_id == session_id, Segment.state == SegmentState.AWAITING_PAYMENT)
    )
    return found


async def _segment(session: AsyncSession, row: ParkingSession, number: int, starts_at: datetime, ends_at: datetime, amount: int) -> Segment:
    segment = Segment(
        id=new_id(),
        session_id=row.id,
        number=number,
        starts_at=starts_at,
        ends_at=ends_at,
        amount=amount,
        state=SegmentState.AWAITING_PAYMENT,
        pay_before=now() + PAY_WITHIN,
    )
    session.add(segment)
    await session.flush()
    if amount == 0:
        await settled(session, segment)
    else:
        await jobs.enqueue(session, "parking.lapse", {"segment_id": str(segment.id)}, due_at=segment.pay_before)
    return segment


async def _timed(session: AsyncSession, row: ParkingSession) -> None:
    """Put the reminder and the end into the queue; older ones find that the end has moved and do nothing."""
    mark = {"session_id": str(row.id), "ends_at": row.ends_at.isoformat()}
    await jobs.enqueue(session, "parking.end", mark, due_at=row.ends_at)
    if row.reminder_lead is not None:
        await jobs.enqueue(session, "parking.remind", mark, due_at=row.ends_at - timedelta(seconds=row.reminder_lead))


async def _unused(session: AsyncSession, row: ParkingSession, until: datetime) -> int:
    paid = sum(one.amount for one in await segments(session, row.id) if one.state is SegmentState.PAID)
    tariff = await rates.tariff(session, row.rate_table_id)
    return max(0, paid - quote(tariff, row.starts_at, until, row.vehicle_class).amount)
