"""Abuse of accounts: guessed and bombed codes, recycled numbers, hasty recoveries, factors and guardians taken without a fresh sign-in."""

import hmac
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from app.main import Hub
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from identity.contacts import codes
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.contacts.models import CodeFlow
from identity.contacts.numbers import read
from identity.contacts.routes import router
from identity.factors import passwords as factors
from identity.recovery.models import Recovery
from kernel.models import EventRow
from kernel.sealing import keyring
from tests.support.apps import Served, served
from tests.support.browsing import Browser
from tests.support.hubs import database_of, phone_of
from tests.support.people import a_person, a_sign_in
from tests.support.recovering import Asker, Letters, a_reading
from tests.support.work import run_jobs

NUMBER, MAIL = "0912 345 678", "lan@example.vn"
GOOD = "chiếc thuyền ngoài xa 1987"


@pytest_asyncio.fixture
async def hub(db: Database) -> AsyncIterator[Served]:
    """The routes of contacts, called by Lan, who signed in just now."""
    async with served(db, [router]) as hub:
        await acting(hub, db)
        yield hub


async def acting(hub: Served, db: Database, person: UUID | None = None) -> UUID:
    async with db.transaction() as session:
        person = person or await a_person(session, level=0, phone=False)
        hub.caller.person(person, acr=0, session_id=await a_sign_in(session, person, acr=0))
    return person


async def code_of(db: Database, flow_id: str) -> str:
    async with db.session() as session:
        row = await session.get_one(CodeFlow, UUID(flow_id))
        assert row.code is not None
        return keyring().open(row.code, context=codes._context(row.id)).decode()


async def begin(hub: Served, db: Database, number: str) -> tuple[str, str, datetime]:
    """Flow, code and end of life of a code that was asked for."""
    answer = (await hub.client.post("/v1/me/phone", json={"number": number})).json()
    return answer["id"], await code_of(db, answer["id"]), datetime.fromisoformat(answer["expires_at"])


async def guess(hub: Served, flow: str, code: str) -> httpx.Response:
    return await hub.client.post("/v1/me/phone/confirm", json={"flow_id": flow, "code": code})


async def test_case_28_a_code_is_hashed_compared_in_constant_time_and_bound(
    hub: Served, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, real = set(), hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.add(len(one))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    lan = await acting(hub, db)
    flow, code, _ = await begin(hub, db, NUMBER)
    async with db.session() as session:
        row = await session.get_one(CodeFlow, UUID(flow))
        assert code.encode() not in row.code_hash + (row.code or b"") + row.destination
    asked_in = hub.caller.caller
    await acting(hub, db, lan)
    assert (await guess(hub, flow, code)).json()["code"] == "contacts.code_refused"  # another device of the same person
    hub.caller.caller = asked_in
    mail = await hub.client.post("/v1/me/email/confirm", json={"flow_id": flow, "code": code})
    assert mail.json()["code"] == "contacts.code_refused"  # another purpose
    assert compared == {32}


async def test_case_28_a_code_is_guessed_five_times_a_flow_and_ten_times_an_hour(hub: Served, db: Database) -> None:
    with clock.use(FixedClock(now().replace(minute=1, second=0) + timedelta(hours=2))) as time:
        minh = await acting(hub, db)
        flow, code, ends = await begin(hub, db, NUMBER)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        for _ in range(3):
            assert (await guess(hub, flow, wrong)).status_code == 422
        time.advance(timedelta(minutes=2))
        assert await begin(hub, db, NUMBER) == (flow, code, ends)  # resent: no longer life, no new code
        for _ in range(2):
            await guess(hub, flow, wrong)
        assert (await guess(hub, flow, code)).status_code == 422  # dead after five, and no more guesses than before
        for number in ("0912 000 001", "0912 000 002"):  # parallel flows share one budget of ten
            other, right, _ = await begin(hub, db, number)
            for _ in range(2):
                await guess(hub, other, f"{(int(right) + 1) % 10**6:06d}")
        assert (await guess(hub, other, right)).json()["code"] == "limits.too_many"
        time.advance(timedelta(hours=1))
        await acting(hub, db, minh)
        flow, code, _ = await begin(hub, db, "0912 000 003")
        assert (await guess(hub, flow, code)).status_code == 200


async def test_case_29_nobody_is_bombed_and_a_sprayed_code_opens_nothing(
    hub: Served, db: Database, whole_hub: Hub, web: httpx.AsyncClient
) -> None:
    async def ask(number: str) -> int:
        return (await hub.client.post("/v1/me/phone", json={"number": number})).status_code

    with clock.use(FixedClock(now().replace(minute=1, second=0))):
        caller = hub.caller.caller
        assert caller is not None
        await acting(hub, db, caller.person)
        assert [await ask(NUMBER) for _ in range(4)] == [201, 201, 201, 429]
        for premium in ("1900 1234", "+1 900 555 0123", "+84 1900 1234"):
            assert await ask(premium) == 422
        assert [await ask(f"+49176123450{n:02d}") for n in range(6)] == [201] * 5 + [429]  # abroad
        assert [await ask(f"0912 001 {n:03d}") for n in range(12)] == [201] * 11 + [429]  # twenty from one address

    # One code, tried in the recoveries of as many accounts as one address may begin: at most one factor of one of them, never an account.
    database = database_of(whole_hub)
    async with database.transaction() as session:
        for number in range(30):
            person = await a_person(session, name=f"Cư dân {number}", phone=False)
            await contacts._take(session, person, read(f"0913 {number:06d}"))
    refused = 0
    for number in range(30):
        asker = Asker(web, database)
        if (await asker.start(f"0913 {number:06d}")).status_code == 429:
            refused += 1
            continue
        sent = await asker.call("POST", "/codes", channel="sms")
        if sent.status_code == 201:
            tried = await asker.call("POST", "/proofs/code", flow_id=sent.json()["flow_id"], code="123456")
            assert tried.status_code == 422 or tried.json()["proofs"] == ["sms"]
    assert refused == 10
    async with database.session() as session:
        assert set(await session.scalars(select(Recovery.state))) == {"requested"}


async def test_case_32_a_number_proved_by_another_leaves_the_old_account_and_never_opens_it(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    database, pool = database_of(whole_hub), whole_hub.process.runtime.parts["passwords"]
    lan = await phone_of(whole_hub.process, web, name="Lan", phone=False)
    minh = await phone_of(whole_hub.process, web, name="Minh", phone=False)
    ids = [UUID((await phone.call("GET", "/v1/me")).json()["id"]) for phone in (lan, minh)]
    async with database.transaction() as session:
        await contacts._take(session, ids[0], read(NUMBER))
        await contacts._take_email(session, ids[0], Address(MAIL))
        await factors.keep(session, ids[0], GOOD, pool)
    letters = Letters()
    flow = (await minh.call("POST", "/v1/me/phone", json={"number": NUMBER})).json()["id"]
    confirmed = await minh.call("POST", "/v1/me/phone/confirm", json={"flow_id": flow, "code": await code_of(database, flow)})
    assert confirmed.status_code == 200
    assert (await lan.call("GET", "/v1/me")).json()["phone"] is None  # at once
    await run_jobs(database, "notices.send", messenger=letters)
    told = {(channel, destination) for channel, destination, text in letters.sent if "không còn thuộc tài khoản" in text}
    assert told == {("email", MAIL)}  # by what is left to Lan, and not by the number that is Minh's now
    async with database.session() as session:
        rows = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.security_notice"))
        assert {(row["person_id"], row["kind"]) for row in rows} >= {(str(ids[0]), "contact_lost"), (str(ids[1]), "contact_changed")}
    browser = Browser(web)
    await browser.open()
    assert (await browser.press("password", identifier=NUMBER, password=GOOD)).status_code == 403  # the number is no name of Lan's any more
    asker = Asker(web, database)
    await asker.start(MAIL)  # nor a factor of Lan's recovery
    await asker.call("POST", "/codes", channel="sms")
    await asker.deliver()
    assert not [each for each in asker.letters.sent if each[0] == "sms" and "khôi phục" in each[2] and re.search(r"\d{6}", each[2])]
    await asker.start(NUMBER)  # and whoever recovers by it recovers Minh's
    async with database.session() as session:
        assert (await session.get_one(Recovery, UUID(asker.id))).person_id == ids[1]


async def test_case_33_no_recovery_without_proofs_or_before_its_time_and_every_old_channel_stops_it(
    whole_hub: Hub, web: httpx.AsyncClient
) -> None:
    database = database_of(whole_hub)
    lan = await phone_of(whole_hub.process, web, phone=False)
    person = UUID((await lan.call("GET", "/v1/me")).json()["id"])
    async with database.transaction() as session:
        await contacts._take(session, person, read(NUMBER))
        await contacts._take_email(session, person, Address(MAIL))
    asker = Asker(web, database)
    await asker.start(NUMBER)
    assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.not_ready"
    assert (await asker.prove_by_code("sms")).json()["state"] == "requested"  # SMS alone never
    assert (await asker.prove_by_code("sms")).json()["state"] == "requested"  # nor twice
    assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.not_ready"
    waiting = (await asker.prove_by_code("email")).json()
    ready = datetime.fromisoformat(waiting["ready_at"])
    for early in (now(), ready - timedelta(seconds=1)):
        with clock.use(FixedClock(early)):
            assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.not_ready"
    await asker.deliver()
    links = asker.letters.links()
    assert len(links) == len({*links}) == 2  # one per old channel, each its own
    assert {channel for channel, _, text in asker.letters.sent if "/stop?" in text} == {"sms", "email"}
    for link in links:
        assert (await web.get(link)).status_code == 200  # a scanner looks
    assert (await asker.call("GET")).json()["state"] == "waiting"  # and stops nothing
    stopped = await web.post("/oauth/recovery/stop", data={"token": links[0].split("token=")[1]})
    assert "Đã huỷ" in stopped.text
    assert (await asker.call("GET")).json()["state"] == "cancelled"
    with clock.use(FixedClock(ready)):
        assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.over"
    assert "không còn hiệu lực" in (await web.post("/oauth/recovery/stop", data={"token": links[0].split("token=")[1]})).text

    async with database.transaction() as session:  # the other channel's link stops the next one just as well
        reading, secret = await a_reading(session, person)
    again = Asker(web, database)
    await again.start()
    assert (await again.call("POST", "/proofs/identity", session_id=reading, secret=secret)).json()["state"] == "waiting"
    await again.deliver()
    other = next(text for channel, _, text in again.letters.sent if channel == "email" and "/stop?" in text)
    await web.post("/oauth/recovery/stop", data={"token": other.split("token=")[1]})
    assert (await again.call("GET")).json()["state"] == "cancelled"
    assert (await lan.call("GET", "/v1/me")).status_code == 200  # nothing has changed


async def test_case_34_factors_and_guardians_change_only_after_a_fresh_sign_in_and_the_last_strong_factor_stays(
    whole_hub: Hub, web: httpx.AsyncClient
) -> None:
    lan = await phone_of(whole_hub.process, web)
    (passkey,) = (await lan.call("GET", "/v1/me/passkeys")).json()["items"]
    changes: list[tuple[str, str, dict[str, object] | None]] = [
        ("POST", "/v1/me/passkey-options", None),
        ("DELETE", f"/v1/me/passkeys/{passkey['id']}", None),
        ("POST", "/v1/me/totp", None),
        ("DELETE", "/v1/me/totp", None),
        ("PUT", "/v1/me/password", {"password": GOOD}),
        ("DELETE", "/v1/me/password", None),
        ("POST", "/v1/me/phone", {"number": NUMBER}),
        ("POST", "/v1/me/email", {"address": MAIL}),
        ("DELETE", "/v1/me/email", None),
        ("POST", "/v1/me/wards", {"ward_id": str(new_id()), "ground": "parent", "reference": "KS-1"}),
        ("DELETE", f"/v1/me/wards/{new_id()}", None),
    ]
    last = await lan.call("DELETE", f"/v1/me/passkeys/{passkey['id']}")
    assert (last.status_code, last.json()["code"]) == (409, "factors.last_factor")
    with clock.use(FixedClock(now() + timedelta(minutes=5, seconds=1))):
        await lan.refresh()  # a fresh token of an old sign-in is not a fresh sign-in
        for method, path, body in changes:
            answer = await lan.call(method, path, **({"json": body} if body is not None else {}))
            assert answer.status_code == 401, (path, answer.text)
            assert answer.json()["code"] == "access.step_up_required", path
            assert "insufficient_user_authentication" in answer.headers["www-authenticate"]
            assert "max_age=300" in answer.headers["www-authenticate"]
        await lan.sign_in(max_age="300")
        assert (await lan.call("POST", "/v1/me/totp")).status_code == 201
