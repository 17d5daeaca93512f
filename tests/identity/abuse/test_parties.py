"""Abuse around relying parties: cases 20 to 26, each clause of them."""

import asyncio
from datetime import timedelta
from time import perf_counter
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from sqlalchemy import select

from hanoismart.clock import FixedClock, now, use
from hanoismart.ids import new_id
from hanoismart.server.jobs import RetryLater, Run
from identity.clients import documents, registration
from identity.clients import service as clients
from identity.clients.models import ClientKind, ClientState
from identity.clients.policies import RegistrationRefused
from identity.keys import rotation
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth.backchannel import DELIVER, WAITS
from identity.oauth.device_grant import INTERVAL, SLOWER
from identity.oauth.endpoints import DEVICE_CODE
from identity.oauth.models import LogoutDelivery
from identity.settings import IdentitySettings
from kernel.jobs import jobs
from tests.identity.conformance.conftest import World
from tests.support.parties import listening_party
from tests.support.partners import REDIRECT, Browser, Partner, client_spec, hidden
from tests.support.work import run_jobs


async def test_case_20_a_person_has_another_name_in_every_sector(world: World) -> None:
    one, other = await world.partner(), await world.partner()
    shared = [await world.partner(sector="library.example") for _ in range(2)]
    subs = []
    for partner in (one, other, *shared):
        token = (await partner.sign_in(world.browser))["access_token"]
        subs.append((await partner.userinfo(token)).json()["sub"])
    assert len(set(subs[:3])) == 3
    assert subs[2] == subs[3]
    me = (await world.lan.call("GET", "/v1/me")).json()["id"]
    assert all(me not in sub for sub in subs)


async def test_case_20_the_key_makes_the_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    person = new_id()
    before = clients.subject(person, "library.example")
    assert before == clients.subject(person, "library.example")
    monkeypatch.setattr(clients, "_keys", lambda: ({"development": b"another key of thirty-two bytes."}, "development"))
    assert clients.subject(person, "library.example") != before


async def test_case_20_a_sector_document_is_read_over_https_behind_the_guard(world: World) -> None:
    spec = _registered(sector_identifier_uri="http://sector.example/redirects.json")
    async with world.hub.process.database.transaction() as session:
        with pytest.raises(RegistrationRefused):
            await registration.register(session, spec, by=new_id())
        with pytest.raises(RegistrationRefused):
            await registration.register(session, _registered(redirect_uris=(REDIRECT, "https://second.example/cb")), by=new_id())


INSIDE = [
    "http://127.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "https://10.0.0.5/x", "https://192.168.1.1/x", "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data", "https://2130706433/x", "https://0x7f.1/x", "https://metadata.internal/x",
    "https://app.localhost/x", "ftp://partner.example/x", "https://partner.example/x#f", "https://u:p@partner.example/x",
    "javascript:alert(1)",
    "data:text/html,x", "https://*.partner.example/x", "https://xn--prtner-fya.example/x", "//partner.example/x", "https://partner/x",
]  # fmt: skip


def _registered(**more: Any) -> clients.ClientSpec:
    return client_spec("", Partner(httpx.AsyncClient()).key, **more)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: nothing inside may be called."""
    monkeypatch.setattr(IdentitySettings, "inward_clients", False)


@pytest.mark.parametrize("field", ["jwks_uri", "logo_uri", "backchannel_logout_uri", "policy_uri", "sector_identifier_uri"])
@pytest.mark.usefixtures("production")
async def test_case_21_no_address_of_a_client_leads_inside(world: World, field: str) -> None:
    async with world.hub.process.database.session() as session:
        for address in INSIDE:
            spec = _registered(**{field: address} | ({"jwks": None} if field == "jwks_uri" else {}))
            with pytest.raises(RegistrationRefused) as refused:
                await registration.register(session, spec, by=new_id())
            assert refused.value.extra["field"] == field, address


@pytest.mark.usefixtures("production")
async def test_case_21_no_redirect_leads_inside_or_into_a_script(world: World) -> None:
    async with world.hub.process.database.session() as session:
        for address in INSIDE:
            with pytest.raises(RegistrationRefused):
                await registration.register(session, _registered(redirect_uris=(address,)), by=new_id())
        native = _registered(kind=ClientKind.PUBLIC, jwks=None, redirect_uris=("http://127.0.0.1/cb", "http://[::1]/cb"))
        assert (await registration.register(session, native, by=new_id())).state is ClientState.PENDING
        await session.rollback()


async def test_case_21_a_document_that_misbehaves_is_a_problem_and_never_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening_party() as party:
        party.served["jwks"] = {"keys": [Partner(httpx.AsyncClient()).key.as_dict(private=False)]}
        good = await documents.read(documents.Addresses(f"{party.base}/documents/jwks", None, ()))
        assert (good.problem, good.jwks) == (None, party.served["jwks"])
        for name in ("away", "huge", "nothing", "slow", "drops"):
            if name == "slow":  # from here on nothing ever comes to an end
                monkeypatch.setattr(documents, "SECONDS", 0.3)
            async with asyncio.timeout(5):
                found = await documents.read(documents.Addresses(f"{party.base}/documents/{name}", None, ()))
            assert (found.problem, found.jwks) == ("jwks_uri", None), name
        # A name that means this machine (what a rebinding host turns into) is not called at all.
        monkeypatch.setattr(IdentitySettings, "inward_clients", False)
        fetched = len(party.fetched)
        rebound = await documents.read(documents.Addresses(f"{party.base.replace('127.0.0.1', 'localhost')}/documents/jwks", None, ()))
        assert (rebound.problem, len(party.fetched)) == ("jwks_uri", fetched)


async def test_case_21_request_uri_is_never_fetched(world: World) -> None:
    async with listening_party() as party:
        partner = await world.partner()
        await partner.push(request_uri=f"{party.base}/documents/jwks")
        await world.browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=f"{party.base}/documents/jwks")
        assert party.fetched == []


async def test_case_22_logout_goes_back_only_where_it_was_registered(world: World) -> None:
    partner, browser = await world.partner(), Browser.of(await world.other())
    hint = (await partner.sign_in(browser))["id_token"]
    for target in ("https://evil.example/", "https://partner.example/bye/", "https://partner.example/bye?x=1", "javascript:alert(1)"):
        page = await browser.get("/oauth/logout", post_logout_redirect_uri=target)
        assert (page.status_code, "confirm" in page.text, "location" in page.headers) == (200, True, False)
    altered = hint[:-8] + ("A" * 8)
    page = await browser.get("/oauth/logout", id_token_hint=altered, post_logout_redirect_uri="https://partner.example/bye")
    assert ("confirm" in page.text, "location" in page.headers) == (True, False)
    told = await browser.get("/oauth/logout", id_token_hint=hint, post_logout_redirect_uri="https://evil.example/")
    assert (told.status_code, "location" in told.headers) == (200, False)


async def _delivery(world: World, partner: Partner) -> LogoutDelivery:
    async with world.hub.process.database.session() as session:
        return (await session.scalars(select(LogoutDelivery).where(LogoutDelivery.client_id == partner.client_id))).one()


async def test_case_23_a_broken_party_is_tried_again_and_each_time_with_a_token_of_its_own(world: World) -> None:
    async with listening_party() as party:
        partner, browser = await world.partner(backchannel_logout_uri=party.url), Browser.of(await world.other())
        given = await partner.sign_in(browser)
        party.status = 500
        await browser.get("/oauth/logout", id_token_hint=given["id_token"])
        await run_jobs(world.hub.process.database, "on.identity.tell_relying_parties")
        row = await _delivery(world, partner)
        with pytest.raises(RetryLater) as later:
            await jobs.registry[DELIVER].handler(Run({"delivery_id": str(row.id)}, 0, world.hub.process.database, {}))
        assert later.value.delay == timedelta(seconds=WAITS[0])
        party.status = 200
        await jobs.registry[DELIVER].handler(Run({"delivery_id": str(row.id)}, 1, world.hub.process.database, {}))
        assert (await _delivery(world, partner)).delivered_at is not None
        keyset = KeySet.import_key_set((await world.http.get("/oauth/jwks")).json())
        first, second = (jwt.decode(token, keyset, algorithms=["ES256"]).claims for token in party.heard)
        assert first["jti"] != second["jti"]
        assert (first["sid"], first["sub"]) == (second["sid"], second["sub"])


async def test_case_23_a_hanging_party_delays_nobody(world: World) -> None:
    async with listening_party() as slow, listening_party() as quick:
        slow.delay = 60
        browser = Browser.of(await world.other())
        parties = [await world.partner(backchannel_logout_uri=party.url) for party in (slow, quick)]
        given = [await partner.sign_in(browser) for partner in parties]
        started = perf_counter()
        await browser.get("/oauth/logout", id_token_hint=given[0]["id_token"])
        assert perf_counter() - started < 2, "signing out waits for no relying party"
        await run_jobs(world.hub.process.database, "on.identity.tell_relying_parties")
        rows = [await _delivery(world, partner) for partner in parties]
        runs = [Run({"delivery_id": str(row.id)}, 0, world.hub.process.database, {}) for row in rows]
        hanging = asyncio.ensure_future(jobs.registry[DELIVER].handler(runs[0]))
        await asyncio.sleep(0)
        await jobs.registry[DELIVER].handler(runs[1])
        assert len(quick.heard) == 1
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging


async def test_case_23_an_answer_that_never_ends_is_not_read(world: World) -> None:
    async with listening_party() as party:
        partner, browser = await world.partner(backchannel_logout_uri=party.url), Browser.of(await world.other())
        given = await partner.sign_in(browser)
        party.endless = True
        await browser.get("/oauth/logout", id_token_hint=given["id_token"])
        await run_jobs(world.hub.process.database, "on.identity.tell_relying_parties")
        row = await _delivery(world, partner)
        async with asyncio.timeout(15):
            await jobs.registry[DELIVER].handler(Run({"delivery_id": str(row.id)}, 0, world.hub.process.database, {}))
        assert (await _delivery(world, partner)).delivered_at is not None


async def test_case_24_a_withdrawn_key_kills_its_tokens_and_an_announced_one_overlaps(world: World) -> None:
    partner, browser = await world.partner(), Browser.of(await world.other())
    old = (await partner.sign_in(browser))["access_token"]
    assert (await partner.userinfo(old)).status_code == 200
    before = {key["kid"] for key in (await world.http.get("/oauth/jwks")).json()["keys"]}
    async with world.hub.process.database.transaction() as session:
        announced = await rotation.rotate(session, KeyPurpose.OAUTH)
    published = {key["kid"] for key in (await world.http.get("/oauth/jwks")).json()["keys"]}
    assert published == before | {announced}
    still = (await partner.sign_in(browser))["access_token"]
    assert _kid(still) in before
    assert (await partner.userinfo(still)).status_code == 200
    async with world.hub.process.database.transaction() as session:
        emergency = await rotation.rotate(session, KeyPurpose.OAUTH, emergency=True)
    await world.hub.process.revocations.read()
    for token in (old, still):
        assert (await partner.userinfo(token)).status_code == 401
        assert await partner.introspect(token) == {"active": False}
    fresh = (await partner.sign_in(browser))["access_token"]
    assert _kid(fresh) == emergency
    assert (await partner.userinfo(fresh)).status_code == 200
    assert {key["kid"] for key in (await world.http.get("/oauth/jwks")).json()["keys"]} == {emergency}
    keys.forget()
    await world.lan.refresh()  # whose token was withdrawn too; the other tests of this world, in whatever order, need one


def _kid(token: str) -> str:
    return str(extract_compact(token.encode()).protected["kid"])


async def _device(world: World) -> tuple[Partner, dict[str, Any]]:
    partner = await world.partner(device_grant=True)
    answer = await partner.send("/oauth/device_authorization", {"scope": "openid profile"})
    assert answer.status_code == 200, answer.text
    return partner, answer.json()


async def _poll(partner: Partner, started: dict[str, Any]) -> httpx.Response:
    return await partner.token({"grant_type": DEVICE_CODE, "device_code": started["device_code"]})


async def test_case_25_ten_wrong_codes_kill_a_device_code(world: World) -> None:
    partner, started = await _device(world)
    page = await world.browser.get("/oauth/device")
    half = started["user_code"].split("-")[0]
    right = started["user_code"].split("-")[1]
    wrong = "BBBB" if right != "BBBB" else "CCCC"
    for _ in range(10):
        answer = await world.browser.post("/oauth/device", hidden(page) | {"user_code": f"{half}-{wrong}"})
        assert answer.status_code == 403
    answer = await world.browser.post("/oauth/device", hidden(page) | {"user_code": started["user_code"]})
    assert answer.status_code == 403
    assert (await _poll(partner, started)).json()["error"] == "expired_token"


async def test_case_25_a_device_that_polls_too_fast_must_slow_down(world: World) -> None:
    partner, started = await _device(world)
    clock = FixedClock(now())
    with use(clock):
        assert (await _poll(partner, started)).json()["error"] == "authorization_pending"
        clock.advance(timedelta(seconds=1))
        assert (await _poll(partner, started)).json()["error"] == "slow_down"
        clock.advance(timedelta(seconds=INTERVAL + 1))
        assert (await _poll(partner, started)).json()["error"] == "slow_down"
        clock.advance(timedelta(seconds=INTERVAL + 2 * SLOWER + 1))
        assert (await _poll(partner, started)).json()["error"] == "authorization_pending"
        clock.advance(timedelta(minutes=11))
        assert (await _poll(partner, started)).json()["error"] == "expired_token"


async def test_case_25_the_page_repeats_the_code_and_only_this_client_and_key_get_the_tokens(world: World) -> None:
    partner, started = await _device(world)
    page = await world.browser.get("/oauth/device", user_code=started["user_code"])
    back = await world.browser.post("/oauth/device", hidden(page) | {"user_code": started["user_code"].lower().replace("-", " ")})
    location = httpx.URL(back.headers["location"])
    consent = await world.browser.get(location.path, **dict(location.params))
    assert started["user_code"] in consent.text
    done = await world.browser.agree(consent, "profile")
    assert (done.status_code, "location" in done.headers) == (200, False)
    thief = await world.partner(device_grant=True)
    assert (await _poll(thief, started)).json()["error"] == "invalid_grant"
    given = (await _poll(partner, started)).json()
    assert (given["token_type"], given["scope"]) == ("DPoP", "openid profile")
    assert (await partner.userinfo(given["access_token"])).json()["name"] == "Nguyễn Thị Lan"
    assert (await _poll(partner, started)).json()["error"] == "invalid_grant"


async def test_case_25_who_refuses_refuses_for_the_device(world: World) -> None:
    partner, started = await _device(world)
    page = await world.browser.get("/oauth/device")
    back = await world.browser.post("/oauth/device", hidden(page) | {"user_code": started["user_code"]})
    location = httpx.URL(back.headers["location"])
    consent = await world.browser.get(location.path, **dict(location.params))
    told = await world.browser.post("/oauth/consent", hidden(consent) | {"action": "refuse"})
    assert "Bạn đã từ chối" in told.text
    assert (await _poll(partner, started)).json()["error"] == "access_denied"
    unregistered = await world.partner()
    assert (await unregistered.send("/oauth/device_authorization", {"scope": "openid"})).json()["error"] == "unauthorized_client"


async def test_case_26_withdrawn_consent_ends_what_it_gave(world: World) -> None:
    person = await world.other("Thu")
    partner, browser = await world.partner(), Browser.of(person)
    given = await partner.sign_in(browser)
    assert (await partner.userinfo(given["access_token"])).json()["name"] == "Thu"
    assert (await person.call("DELETE", f"/v1/me/consents/{partner.client_id}")).status_code == 204
    told = await partner.userinfo(given["access_token"])
    assert told.status_code == 401 or "name" not in told.json(), "refused from the moment of the withdrawal"
    await world.hub.process.revocations.read()
    await run_jobs(world.hub.process.database, "on.")
    await world.hub.process.revocations.read()
    assert (await partner.userinfo(given["access_token"])).status_code == 401
    assert await partner.introspect(given["access_token"]) == {"active": False}
    assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    receipts = (await person.call("GET", "/v1/me/consents")).json()["items"]
    assert {row["withdrawn_at"] is not None for row in receipts if row["client_id"] == partner.client_id} == {True}
    page = await browser.get("/oauth/authorize", client_id=partner.client_id, request_uri=await partner.request_uri())
    assert 'action="/oauth/consent"' in page.text


async def test_case_23_a_lock_is_heard_by_every_party_of_every_session(world: World) -> None:
    async with listening_party() as party:
        person = await world.other("Thu")
        partner, browser = await world.partner(backchannel_logout_uri=party.url), Browser.of(person)
        given = await partner.sign_in(browser)
        assert (await person.call("POST", "/v1/me/lock")).is_success
        await run_jobs(world.hub.process.database, "on.identity.tell_locked")
        row = await _delivery(world, partner)
        await jobs.registry[DELIVER].handler(Run({"delivery_id": str(row.id)}, 0, world.hub.process.database, {}))
        assert len(party.heard) == 1
        await world.hub.process.revocations.read()
        assert (await partner.userinfo(given["access_token"])).status_code == 401
        assert (await partner.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
