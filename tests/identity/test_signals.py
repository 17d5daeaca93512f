"""Fraud signals: velocity, travel, devices, SIM; each opens a case from a score on, and none of them stops anybody."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.distances import CityDistances
from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from identity.api import moderation
from identity.devices.models import Device
from identity.moderation.models import Case
from identity.sessions import service as sessions
from identity.signals import jobs as signal_jobs
from identity.signals import service
from identity.signals.models import Signal, SignalKind
from kernel.jobs import jobs
from tests.support.people import a_person
from tests.support.work import run_jobs

DISTANCES = CityDistances()
assert signal_jobs


async def _start(session: Any, person: UUID, **more: Any) -> UUID:
    row, _ = await sessions.start(session, person, acr=2, amr=["hwk"], device="test")
    for name, value in more.items():
        setattr(row, name, value)
    await session.flush()
    return row.id


async def test_a_flight_that_nobody_flies_opens_one_case_and_ends_no_session(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            await moderation.seed(session)
            lan = await a_person(session)
            first = await _start(session, lan, place="Hà Nội")
            assert await service.consider(session, first, DISTANCES) == []
            time.advance(timedelta(minutes=30))
            second = await _start(session, lan, place="Paris")
            (found,) = await service.consider(session, second, DISTANCES)
            assert (found.kind, found.score, found.facts["minutes"]) == (SignalKind.IMPOSSIBLE_TRAVEL, 80, 30)
            assert found.facts["kilometres"] > 9000
            assert await service.consider(session, second, DISTANCES) == []  # once a day
            case = (await session.scalars(select(Case))).one()
            assert (case.id, case.subject_kind, case.queue, case.owner_id) == (found.case_id, "account", "fraud", lan)
            assert await sessions.alive(session, second)


async def test_ordinary_travel_and_unknown_places_say_nothing(db: Database) -> None:
    with clock.use(FixedClock(clock.now())) as time:
        async with db.transaction() as session:
            await moderation.seed(session)
            lan = await a_person(session)
            for place, hours in (("Hà Nội", 0), ("Đà Nẵng", 2), ("Atlantis", 0), (None, 0)):
                time.advance(timedelta(hours=hours))
                assert await service.consider(session, await _start(session, lan, place=place), DISTANCES) == []
    assert DISTANCES.kilometres("Hà Nội", "Hanoi") == 0
    assert 1100 < (DISTANCES.kilometres("ha noi", "Ho Chi Minh City") or 0) < 1200


async def test_many_sign_ins_and_many_accounts_on_one_device(db: Database) -> None:
    async with db.transaction() as session:
        await moderation.seed(session)
        people = [await a_person(session, phone=False) for _ in range(4)]
        for person in people:
            device = Device(
                person_id=person,
                jkt="j" * 43,
                public_jwk={},
                name="phone",
                platform="android",
                integrity="unknown",
                last_seen_at=clock.now(),
            )
            session.add(device)
            await session.flush()
            last = await _start(session, person, device_id=device.id)
        (found,) = await service.consider(session, last, DISTANCES)
        assert (found.kind, found.facts) == (SignalKind.MANY_ACCOUNTS, {"accounts": 4, "allowed": 3})
        for _ in range(11):
            last = await _start(session, people[0])
        (found,) = await service.consider(session, last, DISTANCES)
        assert (found.kind, found.case_id) == (SignalKind.VELOCITY, None)  # too little for a case


class Operator:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def changed_at(self, number: str) -> Any:
        self.asked.append(number)
        return clock.now() - timedelta(hours=5)


async def test_a_fresh_sim_is_asked_about_with_no_session_held_and_the_person_reads_of_it(db: Database) -> None:
    async with db.transaction() as session:
        await moderation.seed(session)
        lan = await a_person(session)
        started = await _start(session, lan)
        await jobs.enqueue(session, "signals.consider", {"person_id": str(lan), "session_id": str(started)})
    operator = Operator()
    assert await run_jobs(db, "signals.consider", distances=DISTANCES, sim_change=operator) == 1
    assert operator.asked[0].startswith("+84")
    async with db.session() as session:
        found = (await session.scalars(select(Signal))).one()
        assert (found.kind, found.facts, found.case_id is not None) == (SignalKind.SIM_CHANGE, {"hours_old": 5}, True)
        assert operator.asked[0] not in str(found.facts)
