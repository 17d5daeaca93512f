"""Signing in without the passkey at hand: password and authenticator, a code another device scans, a push it approves."""

from datetime import timedelta
from uuid import UUID

import httpx
import pyotp
from sqlalchemy import func, select, update

from app.main import Hub
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from hanoismart.server.database import Database
from identity.clients.models import OAuthClient
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.factors import passwords, totp
from identity.locks import service as locks
from identity.oauth.models import Grant
from identity.retention import service as retention
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession
from identity.sign_in.models import SignInRequest
from kernel.models import EventRow
from tests.support.browsing import Browser
from tests.support.hubs import database_of, phone_of
from tests.support.people import a_person, a_sign_in
from tests.support.work import run_jobs

GOOD = "chiếc thuyền ngoài xa 1987"
MAIL = "lan@example.vn"


async def a_member(hub: Hub, *, second: bool = True, mail: str = MAIL) -> tuple[UUID, pyotp.TOTP | None]:
    """A person with a password, an e-mail address, and an authenticator app where `second`."""
    database, pool = database_of(hub), hub.process.runtime.parts["passwords"]
    async with database.transaction() as session:
        person = await a_person(session)
        await contacts._take_email(session, person, Address(mail))
        await passwords.keep(session, person, GOOD, pool)
        if not second:
            return person, None
        offered = await totp.offer(session, person)
        app = pyotp.TOTP(offered.secret)
        await totp.confirm(session, person, offered.id, app.at(int(now().timestamp()) - 30))
        return person, app


async def newest(database: Database) -> SignInSession:
    async with database.session() as session:
        return (await session.scalars(select(SignInSession).order_by(SignInSession.created_at.desc()).limit(1))).one()


async def test_password_and_authenticator_sign_in_at_the_persons_level(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    _, app = await a_member(whole_hub)
    assert app is not None
    browser = Browser(web)
    await browser.open()
    await browser.press("way_password")
    answer = await browser.press("password", identifier=MAIL.upper(), password=GOOD, code=app.at(int(now().timestamp())))
    phone = await browser.redeem(answer)
    claims = (await phone.call("GET", "/oauth/userinfo")).json()
    assert claims["acr"] == "urn:hanoi:loa:2"
    row = await newest(database_of(whole_hub))
    assert (row.amr, row.acr, row.network) == (["pwd", "otp", "mfa"], 2, "127.0.0.0/24")


async def test_a_password_alone_never_opens_level_2(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    await a_member(whole_hub, second=False)
    browser = Browser(web)
    await browser.open()
    answer = await browser.press("password", identifier=MAIL, password=GOOD)
    await browser.redeem(answer)
    row = await newest(database_of(whole_hub))
    assert (row.amr, row.acr) == (["pwd"], 1)
    other = Browser(web)
    await other.open(acr_values="urn:hanoi:loa:2")
    refused = await other.press("password", identifier=MAIL, password=GOOD)
    assert "error=unmet_authentication_requirements" in refused.headers["location"]


async def test_whoever_has_an_authenticator_needs_its_code(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    _, app = await a_member(whole_hub)
    assert app is not None
    browser = Browser(web)
    await browser.open()
    without = await browser.press("password", identifier=MAIL, password=GOOD)
    wrong = await browser.press("password", identifier=MAIL, password=GOOD + "!", code=app.at(int(now().timestamp())))
    assert (without.status_code, wrong.status_code) == (403, 403)
    assert 'role="alert"' in wrong.text
    assert GOOD not in wrong.text
    right = await browser.press("password", identifier=MAIL, password=GOOD, code=app.at(int(now().timestamp())))
    assert right.status_code == 303  # the code was not used up by the wrong password


async def test_a_code_scanned_and_approved_with_the_number_signs_the_other_browser_in(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    browser = Browser(web, agent="Kiosk 7")
    await browser.open()
    shown = await browser.press("qr")
    assert "<svg" in shown.text
    scanned = (await phone.call("POST", "/v1/me/sign-in-scans", json={"reference": browser.fields["reference"]})).json()
    assert (scanned["client_name"], scanned["kind"], scanned["elsewhere"]) == ("Ứng dụng HanoiSmart", "qr", False)
    assert scanned["device"].startswith("Kiosk")
    waits = await browser.press("continue")
    assert (waits.status_code, browser.number) == (200, browser.number)
    path = f"/v1/me/sign-ins/{scanned['id']}/approve"
    wrong = await phone.call("POST", path, json={"number": 10 + (browser.number - 9) % 90})
    assert wrong.json()["code"] == "sign_in.number_wrong"
    assert (await phone.call("POST", path, json={"number": browser.number})).status_code == 204
    state = await web.get(f"/oauth/sign-ins/{browser.fields['waiting']}", headers=browser.headers)
    assert state.json() == {"state": "approved"}
    await browser.redeem(await browser.press("continue"))
    row = await newest(database_of(whole_hub))
    assert (row.amr, row.acr) == (["mca", "user"], 2)
    again = await browser.open(prompt="login")
    assert again.status_code == 200


async def test_a_push_asks_the_persons_devices_and_tells_the_page_nothing_about_who_is_there(
    whole_hub: Hub, web: httpx.AsyncClient
) -> None:
    phone = await phone_of(whole_hub.process, web)
    database = database_of(whole_hub)
    async with database.transaction() as session:
        person = (await session.scalars(select(SignInSession.person_id))).first()
        assert person is not None
        await contacts._take_email(session, person, Address(MAIL))
    browser, stranger = Browser(web), Browser(web)
    for each, identifier in ((browser, MAIL), (stranger, "nobody@example.vn")):
        await each.open()
        await each.press("way_push")
        assert (await each.press("push", identifier=identifier)).status_code == 200
    assert len(browser.page) == len(stranger.page)
    assert await run_jobs(database, "sign_in.ask_devices") == 2
    async with database.session() as session:
        told = await session.scalars(select(EventRow.payload).where(EventRow.name == "identity.approval_asked"))
        assert [each["person_id"] for each in told] == [str(person)]
    (waiting,) = (await phone.call("GET", "/v1/me/sign-ins")).json()["items"]
    assert waiting["kind"] == "push"
    assert (await phone.call("POST", f"/v1/me/sign-ins/{waiting['id']}/approve", json={"number": browser.number})).status_code == 204
    await browser.redeem(await browser.press("continue"))
    assert (await stranger.press("continue")).status_code == 200


async def test_a_refusal_on_the_device_is_told_to_the_other_screen(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone = await phone_of(whole_hub.process, web)
    browser = Browser(web)
    await browser.open()
    await browser.press("qr")
    scanned = (await phone.call("POST", "/v1/me/sign-in-scans", json={"reference": browser.fields["reference"]})).json()
    assert (await phone.call("POST", f"/v1/me/sign-ins/{scanned['id']}/refuse")).status_code == 204
    refused = await browser.press("continue")
    assert refused.status_code == 403
    assert "từ chối" in refused.text
    assert (await phone.call("GET", f"/v1/me/sign-ins/{scanned['id']}")).json()["code"] == "sign_in.gone"


async def test_a_step_up_keeps_the_session_and_gives_it_a_new_cookie(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    await a_member(whole_hub, second=False)
    browser = Browser(web)
    await browser.open()
    await browser.redeem(await browser.press("password", identifier=MAIL, password=GOOD))
    first, cookie = await newest(database_of(whole_hub)), browser.cookies["hs_session"]
    await browser.open(max_age="0")
    await browser.redeem(await browser.press("password", identifier=MAIL, password=GOOD))
    second = await newest(database_of(whole_hub))
    assert (second.id, second.auth_time > first.auth_time) == (first.id, True)
    assert browser.cookies["hs_session"] != cookie


async def test_another_person_in_the_same_browser_ends_the_first_ones_session(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    await a_member(whole_hub, second=False)
    await a_member(whole_hub, second=False, mail="minh@example.vn")
    browser = Browser(web)
    for mail in (MAIL, "minh@example.vn"):
        await browser.open(prompt="login")
        assert (await browser.press("password", identifier=mail, password=GOOD)).status_code == 303
    async with database_of(whole_hub).session() as session:
        ended = list(await session.scalars(select(SignInSession.ended_because)))
    assert sorted(ended, key=str) == [None, "replaced"]


async def test_whoever_locked_their_identity_signs_in_to_the_app_and_to_nothing_new(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    person, _ = await a_member(whole_hub, second=False)
    database = database_of(whole_hub)
    async with database.transaction() as session:
        await locks.lock(session, person, keep=None)
    browser = Browser(web)
    await browser.open()
    assert (await browser.press("password", identifier=MAIL, password=GOOD)).status_code == 303  # our own app, where the lock is opened
    async with database.transaction() as session:  # and now the same request as a party's that is not ours, which nobody has used
        await session.execute(update(OAuthClient).values(first_party=False))
        await session.execute(update(Grant).values(revoked_at=now()))
    stranger = Browser(web)
    await stranger.open()
    closed = await stranger.press("password", identifier=MAIL, password=GOOD)
    assert closed.status_code == 403
    assert "Danh tính của bạn đang khoá" in closed.text
    back = await stranger.press("cancel")
    assert "error=access_denied" in back.headers["location"]
    silent = await stranger.open(prompt="none")
    assert "error=access_denied" in silent.headers["location"]


async def test_sessions_that_are_long_over_are_removed_once_nothing_hangs_on_them(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    database = database_of(whole_hub)
    async with database.transaction() as session:
        lan = await a_person(session)
        ended, living = await a_sign_in(session, lan), await a_sign_in(session, lan)
        await sessions.end(session, ended, because="test")
    phone = await phone_of(whole_hub.process, web, name="Minh")
    assert (await phone.call("DELETE", "/v1/me/sessions")).status_code == 200
    for days, kept in ((89, {ended, living}), (91, {living})):
        with clock.use(FixedClock(now() + timedelta(days=days))):
            async with database.transaction() as session:
                await session.execute(update(SignInSession).where(SignInSession.id == living).values(expires_at=now()))
            await retention.enforce(database)
            async with database.session() as session:
                left = set(await session.scalars(select(SignInSession.id).where(SignInSession.person_id == lan)))
                assert left == kept
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(SignInSession).where(SignInSession.person_id != lan)) == 1


async def test_requests_that_are_over_are_removed(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    browser = Browser(web)
    await browser.open()
    await browser.press("qr")
    with clock.use(FixedClock(now() + timedelta(minutes=80))):
        await retention.enforce(database_of(whole_hub))
        async with database_of(whole_hub).session() as session:
            assert await session.scalar(select(func.count()).select_from(SignInRequest)) == 0


async def test_the_language_is_switched_by_a_link_and_stays(web: httpx.AsyncClient) -> None:
    browser = Browser(web)
    page = await browser.open()
    assert '<html lang="vi">' in page.text
    assert "ui_locales=en" in page.text
    query = {name: browser.fields[name] for name in ("client_id", "request_uri")}
    switched = await browser.get("/oauth/authorize", **query, ui_locales="en")
    assert '<html lang="en">' in switched.text
    assert 'action="/oauth/authorize?ui_locales=en"' in switched.text
