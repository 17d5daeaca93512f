"""What takes two people holds when both, or many, press at once, when an answer is lost, and when it breaks off between two lines."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.api import moderation
from identity.counter import service as counter
from identity.counter.routes import router
from identity.disclosures import orders
from identity.events import LevelLowered
from identity.four_eyes import actions
from identity.four_eyes import service as four_eyes
from identity.four_eyes.models import ActionKind
from identity.four_eyes.service import ActionNotFound, NewAction
from identity.moderation import cases, decisions, reports
from identity.moderation.models import Case, Decision, Sanction
from identity.moderation.verdicts import Verdict
from identity.people.models import Person, PersonIndex
from identity.proofing import enrolments
from identity.proofing.models import CounterEnrolment, Enrolment
from kernel.models import EventRow
from tests.identity.test_counter import LAN, PLACE, officers, opened
from tests.support.apps import served
from tests.support.moderated import WALL
from tests.support.people import a_person

assert actions


async def at_once(work: Iterable[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*work, return_exceptions=True))


async def count(database: Database, table: Any) -> int:
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_many_confirmations_at_once_open_one_account(committed_db: Database) -> None:
    hoa, thu = await officers(committed_db)
    async with served(committed_db, [router]) as hub:
        first, second = [(await opened(hub, hoa)).json()["id"] for _ in range(2)]  # entered at two counters
        hub.caller.person(thu, permissions=["counter.enrol"])
        paths = [f"{PLACE}/{row}/confirmation" for row in (first, second) for _ in range(3)]
        answers = await asyncio.gather(*(hub.client.post(path, json={}) for path in paths))
    codes = sorted(answer.status_code for answer in answers)
    assert (codes.count(201), codes.count(409), codes.count(404)) == (1, 1, 4)
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["counter.has_account"]
    assert await count(committed_db, Person) == 3
    assert await count(committed_db, Enrolment) == 1


async def test_a_lost_answer_is_given_again_and_opens_nothing_twice(committed_db: Database) -> None:
    hoa, thu = await officers(committed_db)
    async with served(committed_db, [router]) as hub:
        hub.caller.person(hoa, permissions=["counter.enrol"])
        key = {"Idempotency-Key": str(new_id())}
        entered = [(await hub.client.post(PLACE, json=LAN, headers=key)).json()["id"] for _ in range(2)]
        assert len(set(entered)) == 1
        hub.caller.person(thu, permissions=["counter.enrol"])
        key = {"Idempotency-Key": str(new_id())}
        confirmed = [await hub.client.post(f"{PLACE}/{entered[0]}/confirmation", json={}, headers=key) for _ in range(3)]
        assert {answer.status_code for answer in confirmed} == {201}
        assert len({answer.json()["enrolment"] for answer in confirmed}) == 1
        hub.caller.person(hoa, permissions=["counter.enrol"])
        other = await hub.client.post(f"{PLACE}/{entered[0]}/confirmation", json={}, headers=key)
        assert "enrolment" not in other.json()  # another officer's key is another key
    assert await count(committed_db, CounterEnrolment) == await count(committed_db, Enrolment) == 1


@pytest.mark.parametrize("broken", [(enrolments, "issue"), (counter, "_close")], ids=["secret", "state"])
async def test_a_confirmation_that_breaks_off_leaves_the_enrolment_open(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch, broken: tuple[Any, str]
) -> None:
    hoa, thu = await officers(committed_db)
    async with served(committed_db, [router]) as hub:
        row = UUID((await opened(hub, hoa)).json()["id"])

    async def breaks(*_: Any, **__: Any) -> None:
        raise ConnectionError("the power went")

    async def confirmed() -> None:
        async with committed_db.transaction() as session:
            await counter.confirm(session, row, confirmed_by=thu, locale="vi")

    with monkeypatch.context() as patched:
        patched.setattr(*broken, breaks)
        with pytest.raises(ConnectionError):
            await confirmed()
        assert (await count(committed_db, Person), await count(committed_db, PersonIndex)) == (2, 0)
    await confirmed()
    assert await count(committed_db, Person) == 3


async def test_a_level_is_taken_away_once_however_many_approve(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan, hoa, thu, minh = [await a_person(session, name=name, phone=False) for name in ("Lan", "Hòa", "Thu", "Minh")]
        new = NewAction(ActionKind.UNVERIFY, {}, lan, "the document was reported stolen")
        action = (await four_eyes.propose(session, new, by=hoa)).id

    async def approve(officer: UUID, *, agree: bool) -> None:
        async with committed_db.transaction() as session:
            await four_eyes.approve(session, action, by=officer, agree=agree)

    answers = await at_once(approve(who, agree=agree) for who in (thu, minh) for agree in (True, True, True))
    assert answers.count(None) == 1
    assert all(isinstance(each, ActionNotFound) for each in answers if each is not None), answers
    async with committed_db.session() as session:
        lowered = await session.scalars(select(EventRow.payload).where(EventRow.name == LevelLowered.name))
        assert [one["person_id"] for one in lowered] == [str(lan)]


async def test_an_order_is_approved_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        lan, hoa, thu, minh = [await a_person(session, name=name, phone=False) for name in ("Lan", "Hòa", "Thu", "Minh")]
        (delay, *_) = await orders.delays(session)
        order = (await orders.propose(session, lan, delay=delay.code, days=1, reference="file", by=hoa)).id

    async def approve(officer: UUID) -> UUID | None:
        async with committed_db.transaction() as session:
            return (await orders.approve(session, order, by=officer)).approved_by

    answers = await at_once(approve(who) for who in (thu, minh, thu, minh))
    assert len([each for each in answers if isinstance(each, UUID)]) == 1
    assert [type(each) for each in answers].count(orders.OrderStands) == 3


async def test_a_lock_for_good_is_approved_once(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        await moderation.seed(session)
        lan, hoa, thu, minh, anna = [await a_person(session, name=name, phone=False) for name in ("Lan", "Hòa", "Thu", "Minh", "Anna")]
        note = WALL.write(lan, "Đồ ngốc")
        case = (await reports.file(session, anna, WALL.kind, note, "insult")).case_id
        await cases.claim(session, case, hoa)
        verdict = Verdict("house", "threat", "lock", None, "Đe dọa", "A threat", "severe", None)
        await decisions.decide(session, case, hoa, verdict)

    async def approve(officer: UUID, *, agree: bool) -> bool:
        async with committed_db.transaction() as session:
            await decisions.approve(session, case, officer, agree=agree)
            return agree

    answers = await at_once(approve(who, agree=agree) for who in (thu, minh) for agree in (True, False))
    assert len([each for each in answers if isinstance(each, bool)]) == 1
    assert [type(each) for each in answers].count(decisions.NothingProposed) == 3
    agreed = True in answers
    assert await count(committed_db, Decision) == await count(committed_db, Sanction) == int(agreed)
    async with committed_db.session() as session:
        state = await session.scalar(select(Case.state))
        assert state == ("closed" if agreed else "queued")
