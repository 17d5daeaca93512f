"""Paying, stopping, extending and lapsing at once: each session ends in one state, and money is counted once."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from hanoismart import clock
from miniapps.parking.server.sessions import service
from miniapps.parking.server.sessions.models import ParkingSession, Segment
from miniapps.parking.tests.conftest import Parking

ROUNDS = 6


async def _segment(parking: Parking, session_id: str) -> Segment:
    async with parking.mounted.database.session() as session:
        return (await session.scalars(select(Segment).where(Segment.session_id == session_id).order_by(Segment.number.desc()))).first()  # type: ignore[return-value]  # a session has one


async def _lapse(parking: Parking, segment: Segment) -> None:
    async with parking.mounted.database.transaction() as session:
        await service.lapse(session, segment.id)


async def test_money_that_comes_while_one_stops_is_counted_once(parking: Parking) -> None:
    for number in range(ROUNDS):
        started = await parking.started(plate=f"29A-{number:05d}")
        segment = await _segment(parking, started["id"])
        data = {"reference": str(segment.id), "amount": segment.amount, "intent_id": str(segment.intent_id)}
        says = [parking.says("payment.succeeded", data, message_id=f"msg_{number}_{copy}") for copy in range(4)]
        stops = [parking.call("POST", f"/sessions/{started['id']}/stop") for _ in range(3)]
        heard, stopped = await asyncio.gather(asyncio.gather(*says), asyncio.gather(*stops))
        assert {answer.status_code for answer in heard} == {204}
        assert sorted(answer.status_code for answer in stopped) == [200, 409, 409]
        async with parking.mounted.database.session() as session:
            row = await session.get_one(ParkingSession, segment.session_id)
            paid = await session.get_one(Segment, segment.id)
        assert (paid.state.value, row.refund_due <= segment.amount) == ("paid", True)
        assert row.state.value in {"stopped", "lapsed"}


async def test_stopping_and_lapsing_do_not_wait_for_each_other(parking: Parking) -> None:
    for number in range(ROUNDS):
        started = await parking.started(plate=f"30A-{number:05d}")
        segment = await _segment(parking, started["id"])
        with clock.use(clock.FixedClock(segment.pay_before + timedelta(seconds=1))):
            stops = asyncio.gather(*(parking.call("POST", f"/sessions/{started['id']}/stop") for _ in range(3)))
            _, answers = await asyncio.gather(_lapse(parking, segment), stops)
        assert all(answer.status_code in {200, 409} for answer in answers)
        assert (await _segment(parking, started["id"])).state.value == "lapsed"


async def test_of_many_extensions_at_once_one_waits_to_be_paid(parking: Parking) -> None:
    started = await parking.started()
    await parking.pays(started["id"])
    path = f"/sessions/{started['id']}/extend"
    answers = await asyncio.gather(*(parking.call("POST", path, {"seconds": 3600 * 3}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
