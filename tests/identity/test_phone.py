"""The telephone number: budgets that hold across flows and refusals, one owner at a time, and a code no log or job ever sees."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from hanoismart import clock
from hanoismart.clock import FixedClock
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from identity.api import levels
from identity.contacts import jobs, numbers, service
from identity.contacts.models import CodeFlow, Phone
from identity.contacts.numbers import NumberRefused
from identity.contacts.routes import router
from identity.notices.models import Channel
from identity.people.models import SealedAttribute
from identity.retention import purges
from identity.retention import service as retention
from kernel.models import EventRow
from tests.support.apps import Served, served
from tests.support.people import a_person, a_sign_in

NUMBER = "0912 345 678"
START = "/v1/me/phone"
CONFIRM = "/v1/me/phone/confirm"
assert purges


class Telephone:
    """A sender that keeps what it was told to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        self.sent.append((channel, destination, subject, text))


@pytest_asyncio.fixture
async def lan(db: Database) -> UUID:
    async with db.transaction() as session:
        return await a_person(session, level=0, phone=False)


async def acting(hub: Served, database: Database, person: UUID) -> None:
    """Every further request comes from this person, who signed in just now."""
    async with database.transaction() as session:
        hub.caller.person(person, acr=0, session_id=await a_sign_in(session, person, acr=0))


@pytest_asyncio.fixture
async def hub(db: Database, lan: UUID) -> AsyncIterator[Served]:
    async with served(db, [router]) as hub:
        await acting(hub, db, lan)
        yield hub


async def code_of(db: Database, flow_id: str) -> str:
    phone = Telephone()
    await jobs.send_code(Run({"id": flow_id}, 0, db, {"messenger": phone}))
    return str(re.findall("[0-9]{6}", phone.sent[0][3])[0])


async def begin(hub: Served, number: str = NUMBER) -> str:
    answer = await hub.client.post(START, json={"number": number})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def confirm(hub: Served, flow_id: str, code: str) -> tuple[int, str]:
    answer = await hub.client.post(CONFIRM, json={"flow_id": flow_id, "code": code})
    return answer.status_code, answer.json().get("code", "")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_proved_number_opens_level_1(hub: Served, db: Database, lan: UUID) -> None:
    flow = await begin(hub)
    phone = Telephone()
    await jobs.send_code(Run({"id": flow}, 0, db, {"messenger": phone}))
    ((channel, destination, _, message),) = phone.sent
    assert (channel, destination) == ("sms", "+84912345678")
    assert message.startswith("HanoiSmart: mã xác minh của bạn là ")
    code = re.findall("[0-9]{6}", message)[0]
    answer = await hub.client.post(CONFIRM, json={"flow_id": flow, "code": code})
    assert (answer.status_code, answer.json()) == (200, {"hint": "••• 678", "vietnamese_mobile": True, "trust_level": 1})
    async with db.session() as session:
        names = set(await session.scalars(select(EventRow.name)))
        assert {"identity.phone_verified", "identity.factor_changed", "identity.security_notice"} <= names
    assert await confirm(hub, flow, code) == (422, "contacts.code_refused")
    await jobs.send_code(Run({"id": flow}, 0, db, {"messenger": phone}))
    assert len(phone.sent) == 1  # a late job finds nothing left to send


async def test_neither_number_nor_code_stands_anywhere_in_clear(hub: Served, db: Database) -> None:
    flow = await begin(hub)
    code = await code_of(db, flow)
    async with db.session() as session:
        row = await session.get_one(CodeFlow, UUID(flow))
        payloads = [bytes(payload or b"") for payload in await session.scalars(text("SELECT payload FROM kernel.pgqueuer"))]
    everything = b"".join([row.destination, row.code or b"", row.code_hash, *payloads])
    for secret in (code, "912345678"):
        assert secret.encode() not in everything
    assert any(flow.encode() in payload for payload in payloads)


async def test_five_wrong_codes_kill_a_flow_and_the_attempts_survive_the_refusals(hub: Served, db: Database) -> None:
    flow = await begin(hub)
    code = await code_of(db, flow)
    for _ in range(5):
        assert await confirm(hub, flow, wrong(code)) == (422, "contacts.code_refused")
    assert await confirm(hub, flow, code) == (422, "contacts.code_refused")
    again = await hub.client.post(START, json={"number": NUMBER})
    assert (again.status_code, again.json()["code"]) == (429, "contacts.code_dead")
    assert int(again.headers["retry-after"]) <= 301


async def test_ten_wrong_codes_an_hour_whichever_flows_they_are_for(hub: Served, db: Database, lan: UUID) -> None:
    with clock.use(FixedClock(clock.now().replace(minute=1))) as time:
        for number in ("0912 345 001", "0912 345 002"):
            flow = await begin(hub, number)
            code = await code_of(db, flow)
            for _ in range(5):
                await confirm(hub, flow, wrong(code))
        flow = await begin(hub, "0912 345 003")
        code = await code_of(db, flow)
        assert await confirm(hub, flow, code) == (429, "limits.too_many")
        time.advance(timedelta(hours=1))
        await acting(hub, db, lan)
        flow = await begin(hub, "0912 345 003")
        assert (await confirm(hub, flow, await code_of(db, flow)))[0] == 200


async def test_parallel_guesses_gain_nothing(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        person = await a_person(session, level=0, phone=False)
    async with served(committed_db, [router]) as hub:
        await acting(hub, committed_db, person)
        flow = await begin(hub)
        code = await code_of(committed_db, flow)
        guesses = [f"{(int(code) + n) % 10**6:06d}" for n in range(1, 21)]
        answers = await asyncio.gather(*(confirm(hub, flow, guess) for guess in guesses))
        assert {status for status, _ in answers} == {422, 429}
        async with committed_db.session() as session:
            assert (await session.get_one(CodeFlow, UUID(flow))).wrong == 5
        assert (await confirm(hub, flow, code))[0] == 429


async def test_asking_again_sends_the_same_code_with_no_longer_life(hub: Served, db: Database) -> None:
    with clock.use(FixedClock(clock.now().replace(minute=1))) as time:
        first = (await hub.client.post(START, json={"number": NUMBER})).json()
        code = await code_of(db, first["id"])
        await confirm(hub, first["id"], wrong(code))
        time.advance(timedelta(minutes=4))
        second = (await hub.client.post(START, json={"number": "+84912345678"})).json()
        assert second == first
        assert await code_of(db, second["id"]) == code
        async with db.session() as session:
            assert (await session.get_one(CodeFlow, UUID(first["id"]))).wrong == 1
        time.advance(timedelta(minutes=1, seconds=1))
        assert await confirm(hub, first["id"], code) == (422, "contacts.code_refused")
        assert await begin(hub) != first["id"]


async def test_three_sends_per_number_in_a_quarter_of_an_hour(hub: Served, db: Database, lan: UUID) -> None:
    with clock.use(FixedClock(clock.now().replace(minute=1))) as time:
        for _ in range(3):
            await begin(hub)
        refused = await hub.client.post(START, json={"number": NUMBER})
        assert (refused.status_code, refused.json()["code"]) == (429, "limits.too_many")
        assert int(refused.headers["retry-after"]) > 0
        time.advance(timedelta(minutes=15))
        await acting(hub, db, lan)
        await begin(hub)


async def test_twenty_sends_per_address_an_hour_and_five_abroad(hub: Served) -> None:
    with clock.use(FixedClock(clock.now().replace(minute=1))):
        for last in range(5):
            await begin(hub, f"+4917612345{last:03d}")
        assert (await hub.client.post(START, json={"number": "+4917612345999"})).status_code == 429
        for last in range(14):
            await begin(hub, f"0912345{last:03d}")
        assert (await hub.client.post(START, json={"number": "0912345999"})).status_code == 429


async def test_a_foreign_number_is_proved_but_opens_nothing(hub: Served, db: Database) -> None:
    flow = await begin(hub, "+49 176 12345678")
    answer = await hub.client.post(CONFIRM, json={"flow_id": flow, "code": await code_of(db, flow)})
    assert (answer.json()["vietnamese_mobile"], answer.json()["trust_level"]) == (False, 0)


async def test_a_number_proved_by_another_leaves_its_old_owner_at_once(hub: Served, db: Database, lan: UUID) -> None:
    flow = await begin(hub)
    await confirm(hub, flow, await code_of(db, flow))
    async with db.transaction() as session:
        minh = await a_person(session, level=0, phone=False)
    await acting(hub, db, minh)
    flow = await begin(hub)
    assert (await confirm(hub, flow, await code_of(db, flow)))[0] == 200
    async with db.session() as session:
        assert [await levels.trust_level(session, each) for each in (lan, minh)] == [0, 1]
        assert list(await session.scalars(select(Phone.person_id).where(Phone.ended_at.is_(None)))) == [minh]
        assert list(await session.scalars(select(SealedAttribute.person_id))) == [minh]
        ended = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.phone_ended"))
        assert list(ended) == [{"person_id": str(lan)}]


async def test_a_flow_is_its_persons_own(hub: Served, db: Database) -> None:
    flow = await begin(hub)
    code = await code_of(db, flow)
    async with db.transaction() as session:
        minh = await a_person(session, level=0, phone=False)
    await acting(hub, db, minh)
    assert await confirm(hub, flow, code) == (422, "contacts.code_refused")


async def test_many_persons_proving_one_number_at_once_leave_one_owner(committed_db: Database) -> None:
    async with committed_db.transaction() as session:
        persons = [await a_person(session, level=0, phone=False) for _ in range(6)]

    async def take(person: UUID) -> None:
        async with committed_db.transaction() as session:
            await service._take(session, person, numbers.read(NUMBER))

    await asyncio.gather(*(take(person) for person in persons))
    async with committed_db.session() as session:
        assert len(list(await session.scalars(select(Phone.id).where(Phone.ended_at.is_(None))))) == 1


async def test_flows_that_are_over_are_removed(hub: Served, db: Database) -> None:
    flow = await begin(hub)
    with clock.use(FixedClock(clock.now() + timedelta(hours=2))):
        await retention.enforce(db)
    async with db.session() as session:
        assert await session.get(CodeFlow, UUID(flow)) is None


@pytest.mark.parametrize("text_", ["0912345678", "+84 912 345 678", "84912345678", "(091) 234-5678"])
def test_one_number_has_one_spelling(text_: str) -> None:
    assert numbers.read(text_).e164 == "+84912345678"


@pytest.mark.parametrize(
    "text_", ["", "112", "19001234", "+84 24 3825 3531", "+1 900 555 0123", "0912345678 ext. 5", "mười", "+84" + "9" * 40]
)
def test_numbers_no_code_goes_to(text_: str) -> None:
    with pytest.raises(NumberRefused):
        numbers.read(text_)
