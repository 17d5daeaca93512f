"""What was stopped stays stopped on every path: a code, a device or a page that was half way when the sign-in ended or the lock fell."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from app.demo.devices.mobile import Phone
from identity.clients.models import ClientState, OAuthClient
from identity.consent.models import Consent
from identity.locks import service as locks
from identity.oauth import device_grant
from identity.oauth.endpoints import DEVICE_CODE
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from tests.identity.conformance.conftest import World
from tests.support.browsing import Browser as SignInBrowser
from tests.support.partners import Browser, hidden, query


async def _id(phone: Phone) -> UUID:
    return UUID((await phone.call("GET", "/v1/me")).json()["id"])


async def test_a_code_of_a_sign_in_that_ended_gives_no_tokens(world: World) -> None:
    phone = await world.other()
    partner = await world.partner()
    code = await partner.code(Browser.of(phone))
    async with world.hub.process.database.transaction() as session:
        await sessions.end_all(session, await _id(phone), because="everywhere")
    answer = await partner.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_device_whose_persons_sign_in_ended_gives_no_tokens(world: World) -> None:
    phone = await world.other()
    browser = Browser.of(phone)
    partner = await world.partner(device_grant=True)
    started = (await partner.send("/oauth/device_authorization", {"scope": "openid"})).json()
    page = await browser.get("/oauth/device")
    location = httpx.URL((await browser.post("/oauth/device", hidden(page) | {"user_code": started["user_code"]})).headers["location"])
    assert (await browser.agree(await browser.get(location.path, **dict(location.params)))).status_code == 200
    async with world.hub.process.database.transaction() as session:
        await sessions.end_all(session, await _id(phone), because="everywhere")
    answer = await partner.token({"grant_type": DEVICE_CODE, "device_code": started["device_code"]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_page_of_agreement_that_was_open_when_the_lock_fell_agrees_to_nothing(world: World) -> None:
    phone = await world.other()
    person, browser, partner = await _id(phone), Browser.of(phone), await world.partner()
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    async with world.hub.process.database.transaction() as session:
        kept = await session.scalar(
            select(SignInSession.id).where(SignInSession.person_id == person).order_by(SignInSession.created_at.desc()).limit(1)
        )
        await locks.lock(session, person, keep=kept)
    answer = await browser.post("/oauth/consent", hidden(page) | {"action": "allow", "agree.profile": "yes"})
    assert query(answer).get("error") == "access_denied", answer.text
    async with world.hub.process.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Consent).where(Consent.person_id == person)) == 0
        assert await session.scalar(select(func.count()).select_from(Grant).where(Grant.client_id == partner.client_id)) == 0


async def test_a_page_that_was_answered_before_is_told_so_as_a_page(world: World) -> None:
    phone, partner = await world.other(), await world.partner()
    browser = Browser.of(phone)
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    form = hidden(page) | {"action": "allow"}
    assert (await browser.post("/oauth/consent", form)).status_code == 303
    again = await browser.post("/oauth/consent", form)
    assert (again.status_code, again.headers["content-type"].split(";")[0]) == (400, "text/html")


async def test_an_approval_is_worth_nothing_once_the_sign_in_it_came_from_ended(world: World) -> None:
    phone = await world.other()
    browser = SignInBrowser(world.http, agent="Kiosk 8")
    await browser.open()
    await browser.press("qr")
    scanned = (await phone.call("POST", "/v1/me/sign-in-scans", json={"reference": browser.fields["reference"]})).json()
    path = f"/v1/me/sign-ins/{scanned['id']}/approve"
    assert (await phone.call("POST", path, json={"number": browser.number})).status_code == 204
    person = await _id(phone)
    async with world.hub.process.database.transaction() as session:
        await sessions.end_all(session, person, because="recovery")
    assert (await browser.press("continue")).status_code != 303
    async with world.hub.process.database.session() as session:
        alive = select(func.count()).select_from(SignInSession).where(SignInSession.person_id == person, SignInSession.ended_at.is_(None))
        assert await session.scalar(alive) == 0


async def test_a_token_made_while_its_client_was_shut_out_does_not_count(world: World) -> None:
    partner = await world.partner()
    token = (await partner.sign_in(Browser.of(await world.other())))["access_token"]
    async with world.hub.process.database.transaction() as session:
        client = await session.get_one(OAuthClient, partner.client_id)
        client.state = ClientState.SUSPENDED  # the token's request read the client before, and wrote after
    assert (await partner.userinfo(token)).status_code == 401


async def test_a_device_that_finds_no_free_code_is_told_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = await world.partner(device_grant=True)
    monkeypatch.setattr(device_grant, "LETTERS", "B")
    first = await partner.send("/oauth/device_authorization", {"scope": "openid"})
    second = await partner.send("/oauth/device_authorization", {"scope": "openid"})
    assert (first.status_code, second.status_code, second.json()["error"]) == (200, 503, "temporarily_unavailable")
