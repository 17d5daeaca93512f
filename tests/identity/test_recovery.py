"""Getting an account back: the states and their waits, what ends and what freezes, every way to stop it, and the pages."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app.demo.devices.mobile import Phone, SignInFailed
from app.demo.devices.passkey import SoftwarePasskey
from app.main import Hub
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.server.database import Database
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.contacts.numbers import read
from identity.factors import passwords
from identity.locks import service as locks
from identity.people.models import Person, PersonState
from identity.recovery.models import CancelLink, Recovery
from identity.retention import service as retention
from identity.step_up import service as step_up
from kernel.models import EventRow
from tests.support.browsing import Browser
from tests.support.hubs import BASE, database_of, phone_of
from tests.support.people import a_person
from tests.support.recovering import Asker, a_reading

MAIL, NUMBER = "lan@example.vn", "0912 345 678"


@pytest_asyncio.fixture
async def asker(whole_hub: Hub, web: httpx.AsyncClient) -> Asker:
    return Asker(web, database_of(whole_hub))


@pytest_asyncio.fixture
async def lan(whole_hub: Hub, web: httpx.AsyncClient) -> Phone:
    """Lan's phone, signed in; her account has a number and an address."""
    phone = await phone_of(whole_hub.process, web, name="Lan", phone=False)
    person = UUID((await phone.call("GET", "/v1/me")).json()["id"])
    await give_channels(database_of(whole_hub), person)
    return phone


async def give_channels(database: Database, person: UUID) -> None:
    async with database.transaction() as session:
        await contacts._take(session, person, read(NUMBER))
        await contacts._take_email(session, person, Address(MAIL))


async def id_of(phone: Phone) -> UUID:
    return UUID((await phone.call("GET", "/v1/me")).json()["id"])


async def test_two_factors_then_three_days_then_a_new_passkey_and_nothing_old_works(
    whole_hub: Hub, web: httpx.AsyncClient, asker: Asker, lan: Phone
) -> None:
    person = await id_of(lan)
    await asker.start(NUMBER)
    one = (await asker.prove_by_code("sms")).json()
    assert (one["state"], one["proofs"]) == ("requested", ["sms"])
    two = (await asker.prove_by_code("email")).json()
    assert (two["state"], two["proofs"]) == ("waiting", ["email", "sms"])
    ready = datetime.fromisoformat(two["ready_at"])
    assert timedelta(hours=71, minutes=59) < ready - now() <= timedelta(hours=72)
    with clock.use(FixedClock(ready + timedelta(seconds=1))):
        enrolment = (await asker.call("POST", "/complete")).json()["enrolment"]
        await whole_hub.process.revocations.read()
        assert (await lan.call("GET", "/v1/me")).status_code == 401
        with pytest.raises(SignInFailed):
            await lan.refresh()
        with pytest.raises(SignInFailed):
            await lan.sign_in(prompt="login")  # the lost passkey opens nothing
        fresh = Phone(web, SoftwarePasskey(BASE))
        await fresh.enrol(enrolment)
        await fresh.sign_in()
        assert await id_of(fresh) == person
        frozen = await fresh.call("POST", "/v1/me/totp")
        assert (frozen.status_code, frozen.json()["code"]) == (403, "step_up.frozen")
        assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.over"
    async with database_of(whole_hub).session() as session:
        assert await step_up.frozen_until(session, person) == ready + timedelta(hours=72, seconds=1)


async def test_an_enrolment_that_ran_out_is_given_again_until_a_passkey_is_there(asker: Asker, lan: Phone) -> None:
    await asker.start(MAIL)
    ready = datetime.fromisoformat((await asker.prove_by_two()).json()["ready_at"])
    with clock.use(FixedClock(ready)) as time:
        first = (await asker.call("POST", "/complete")).json()["enrolment"]
        time.advance(timedelta(minutes=11))
        second = (await asker.call("POST", "/complete")).json()["enrolment"]
        assert first != second
        time.advance(timedelta(days=1))
        assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.over"


async def test_the_chip_read_again_is_enough_waits_a_day_and_opens_the_lock(whole_hub: Hub, asker: Asker, lan: Phone) -> None:
    person = await id_of(lan)
    async with database_of(whole_hub).transaction() as session:
        await locks.lock(session, person, keep=None)
        reading, secret = await a_reading(session, person)
    await asker.start()
    waiting = (await asker.call("POST", "/proofs/identity", session_id=reading, secret=secret)).json()
    ready = datetime.fromisoformat(waiting["ready_at"])
    assert timedelta(hours=23, minutes=59) < ready - now() <= timedelta(hours=24)
    other = Asker(asker.http, asker.database)
    await other.start()
    again = await other.call("POST", "/proofs/identity", session_id=reading, secret=secret)
    assert again.json()["code"] == "recovery.proof_refused"  # a reading serves once
    with clock.use(FixedClock(ready)):
        assert (await asker.call("POST", "/complete")).status_code == 200
    async with database_of(whole_hub).session() as session:
        assert not await locks.is_locked(session, person)


async def test_a_reading_of_somebody_else_or_of_long_ago_proves_nothing(whole_hub: Hub, asker: Asker, lan: Phone) -> None:
    async with database_of(whole_hub).transaction() as session:
        theirs = await a_reading(session, await a_person(session, name="Minh"))
        old = await a_reading(session, await id_of(lan), minutes_ago=31)
    await asker.start(NUMBER)
    for reading, secret in (theirs, old, (theirs[0], "x" * 40)):
        answer = await asker.call("POST", "/proofs/identity", session_id=reading, secret=secret)
        assert (answer.status_code, answer.json()["code"]) == (422, "recovery.proof_refused")


async def test_its_person_sees_it_and_stops_it(asker: Asker, lan: Phone) -> None:
    assert (await lan.call("GET", "/v1/me/recovery")).status_code == 404
    await asker.start(NUMBER)
    await asker.prove_by_two()
    assert (await lan.call("GET", "/v1/me/recovery")).json()["id"] == asker.id
    assert (await lan.call("DELETE", "/v1/me/recovery")).status_code == 204
    assert (await asker.call("GET")).json()["state"] == "cancelled"
    assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.over"
    assert (await lan.call("GET", "/v1/me")).status_code == 200
    await asker.deliver()
    assert any("đã bị huỷ" in text for _, _, text in asker.letters.sent)


async def test_whoever_asked_gives_it_up(asker: Asker, lan: Phone) -> None:
    await asker.start(NUMBER)
    assert (await asker.call("DELETE")).status_code == 204
    assert (await asker.call("POST", "/codes", channel="sms")).json()["code"] == "recovery.over"
    asker.secret = "x" * 40
    assert (await asker.call("GET")).json()["code"] == "recovery.not_found"


async def test_a_second_recovery_takes_the_place_of_the_first(asker: Asker, lan: Phone) -> None:
    await asker.start(NUMBER)
    await asker.prove_by_two()
    other = Asker(asker.http, asker.database)
    with clock.use(FixedClock(now() + timedelta(minutes=16))):
        await other.start(MAIL)
        assert (await other.prove_by_two()).json()["state"] == "waiting"
    assert (await asker.call("GET")).json()["state"] == "cancelled"


async def test_a_sim_that_was_changed_lately_gets_no_code_and_the_house_is_told(asker: Asker, lan: Phone) -> None:
    class Operator:
        async def changed_at(self, number: str) -> datetime | None:
            return now() - timedelta(days=1) if number == read(NUMBER).e164 else None

    await asker.start(MAIL)
    for channel in ("sms", "email"):
        await asker.call("POST", "/codes", channel=channel)
    await asker.deliver(sim_change=Operator())
    assert {channel for channel, _, text in asker.letters.sent if "mã" in text} == {"email"}
    async with asker.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(EventRow).where(EventRow.name == "identity.sim_changed")) == 1


async def test_a_closed_account_is_not_recovered(asker: Asker, lan: Phone) -> None:
    person = await id_of(lan)
    await asker.start(NUMBER)
    ready = datetime.fromisoformat((await asker.prove_by_two()).json()["ready_at"])
    async with asker.database.transaction() as session:
        (await session.get_one(Person, person)).state = PersonState.CLOSED
    with clock.use(FixedClock(ready)):
        assert (await asker.call("POST", "/complete")).json()["code"] == "recovery.over"


async def test_the_pages_lead_through_without_a_script(whole_hub: Hub, web: httpx.AsyncClient, asker: Asker, lan: Phone) -> None:
    pool: passwords.Passwords = whole_hub.process.runtime.parts["passwords"]
    async with asker.database.transaction() as session:
        await passwords.keep(session, await id_of(lan), "chiếc thuyền ngoài xa 1987", pool)
    browser, path = Browser(web), "/oauth/recovery"
    await browser.get(path)
    await browser.press("start", path, identifier=NUMBER)
    assert "Chứng minh bằng hai cách" in browser.page
    wrong = await browser.press("prove_password", path, password="not this one at all")
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (403, True)
    await browser.press("prove_password", path, password="chiếc thuyền ngoài xa 1987")
    await browser.press("send_sms", path)
    await asker.deliver()
    await browser.press("prove_code", path, code=asker.letters.code("sms"))
    assert "Đang chờ" in browser.page
    with clock.use(FixedClock(now() + timedelta(hours=72, minutes=1))):
        await browser.get(path)
        done = await browser.press("complete", path)
        assert "data-enrolment=" in done.text
    await asker.deliver()
    assert len(asker.letters.links()) == 2


async def test_the_pages_answer_only_the_browser_they_were_shown_to(web: httpx.AsyncClient) -> None:
    browser = Browser(web)
    await browser.get("/oauth/recovery")
    browser.fields["interaction"] = "x" * 43
    refused = await browser.press("start", "/oauth/recovery", identifier=NUMBER)
    assert refused.status_code == 400
    assert "hs_recovery" not in browser.cookies


async def test_recoveries_that_led_to_nothing_are_removed(asker: Asker, lan: Phone) -> None:
    await asker.start(NUMBER)
    other = Asker(asker.http, asker.database)
    await other.start(MAIL)
    await other.prove_by_two()
    for days, kept in ((2, 1), (50, 0)):
        with clock.use(FixedClock(now() + timedelta(days=days))):
            await retention.enforce(asker.database)
            async with asker.database.session() as session:
                assert await session.scalar(select(func.count()).select_from(Recovery)) == kept
    async with asker.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(CancelLink)) == 0
