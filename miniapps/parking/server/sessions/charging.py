"""Asks the hub for the money of a segment, and hears when it has come."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.client import Hub, HubError, HubRefused
from hanoismart.server.database import Database
from hanoismart.text import Text
from hanoismart.webhooks import Received
from miniapps.parking.server.sessions import service
from miniapps.parking.server.sessions.models import ERASED, OPEN, ParkingSession, Segment, SegmentState
from miniapps.parking.server.sessions.problems import PaymentUnavailable

DESCRIPTION = Text(vi="Phi do xe {plate}", en="Parking {plate}")  # bank messages carry no marks


async def ask(database: Database, hub: Hub, subject: str, plate: str, segment: Segment) -> None:
    """Make the payment ready and keep what the page shows. Raises PaymentUnavailable, after taking the segment back."""
    if segment.state is not SegmentState.AWAITING_PAYMENT:
        return
    try:
        intent = await hub.pay.create(
            sub=subject,
            amount=segment.amount,
            description=DESCRIPTION.format(plate=plate),
            reference=str(segment.id),
            expires_at=segment.pay_before,
        )
    except HubError as refused:
        async with database.transaction() as session:
            taken = await service.locked(session, segment.id)
            if taken is not None:
                await service.take_back(session, taken)
        code = refused.code if isinstance(refused, HubRefused) else "unreachable"
        raise PaymentUnavailable(reason=code) from refused
    async with database.transaction() as session:
        row = await session.get_one(Segment, segment.id, with_for_update=True)
        row.intent_id, row.qr_text = UUID(intent.id), intent.qr_text


async def paid(session: AsyncSession, received: Received) -> None:
    """The hub says that a payment has come; one that is not ours, or of another amount, changes nothing."""
    reference, amount = received.data.get("reference"), received.data.get("amount")
    try:
        segment_id = UUID(str(reference))
    except ValueError:
        return
    segment = await service.locked(session, segment_id)
    if segment is not None and segment.amount == amount:
        await service.settled(session, segment)


async def forget(session: AsyncSession, received: Received) -> None:
    """A person took their consent back: their name leaves every ticket."""
    rows = await session.scalars(select(ParkingSession).where(ParkingSession.subject == str(received.data.get("sub"))).with_for_update())
    for row in rows:
        row.printed_name, row.wants_name = None, False


async def erase(session: AsyncSession, received: Received) -> None:
    """A person removed the app or ended their account: sums and times stay for the books, and say nothing of anybody any more.

    A vehicle that stands there paid keeps its plate until its time is over (`parking.end`): its paid time hangs on it.
    """
    rows = await session.scalars(select(ParkingSession).where(ParkingSession.subject == str(received.data.get("sub"))).with_for_update())
    for row in rows:
        row.subject, row.printed_name, row.wants_name = ERASED, None, False
        unpaid = await service.waiting(session, row.id)
        if unpaid is not None:
            await service.take_back(session, unpaid)
        if row.state not in OPEN:
            row.plate = ""
