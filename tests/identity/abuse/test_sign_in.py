"""Abuse of sign-in: bent passkeys, enumeration, stuffed credentials, fixation and login CSRF, phished QR codes."""

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import sqrt
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy import select

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import UP, SoftwarePasskey
from app.main import Hub
from hanoismart import clock
from hanoismart.clock import FixedClock, now
from identity.contacts import codes
from identity.contacts import service as contacts
from identity.contacts.addresses import Address
from identity.factors import passwords as factors
from identity.factors.passwords import Passwords
from identity.recovery import service as recovery
from identity.sessions.models import SignInSession
from identity.settings import settings
from identity.sign_in import passwords, requests
from identity.sign_in.models import SignInRequest
from identity.sign_in.passwords import Attempt
from identity.sign_in.where import Where
from kernel.limits import TooMany
from kernel.pool import Pool
from tests.support.browsing import Browser
from tests.support.hubs import database_of, phone_of
from tests.support.people import a_person

GOOD = "chiếc thuyền ngoài xa 1987"
MAIL = "lan@example.vn"
SAMPLES = 200
PAIRS = 3_000


async def present(browser: Browser, passkey: SoftwarePasskey) -> httpx.Response:
    """Answer the page that is shown with a passkey."""
    credential = orjson.dumps(passkey.get(orjson.loads(browser.options))).decode()
    return await browser.press("sign_in", credential=credential)


async def test_case_27_a_bent_passkey_is_refused_in_every_way_it_can_be_bent(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    phone, other = await phone_of(whole_hub.process, web), await phone_of(whole_hub.process, web, name="Minh")
    genuine = phone.passkey
    bends: dict[str, dict[str, object]] = {
        "wrong origin": {"origin": "https://hanoismart.example"},
        "wrong rpId": {"rp_id": "example.com"},
        "wrong type": {"ceremony": "webauthn.create"},
        "no user verification": {"flags": UP},
        "no user presence": {"flags": 0x04},
        "a frame of another site": {"framed": True},
        "a falling counter": {"counter": -1},
        "another's credential": {"key": other.passkey.key},
    }
    browser = Browser(web)
    await browser.open(prompt="login")
    for what, bent in bends.items():
        kept = {name: getattr(genuine, name) for name in bent}
        for name, value in bent.items():
            setattr(genuine, name, value)
        refused = await present(browser, genuine)
        assert refused.status_code == 403, what
        for name, value in kept.items():
            setattr(genuine, name, value)
    stale = browser.options
    await present(browser, SoftwarePasskey(genuine.origin))  # nobody's: the challenge is spent, the page has a new one
    answer = orjson.dumps(genuine.get(orjson.loads(stale))).decode()
    assert (await browser.press("sign_in", credential=answer)).status_code == 403  # a wrong challenge
    fields, credential = dict(browser.fields), orjson.dumps(genuine.get(orjson.loads(browser.options))).decode()
    with clock.use(FixedClock(now() + timedelta(minutes=5, seconds=1))):
        assert (await browser.press("sign_in", credential=credential)).status_code == 403  # older than five minutes
    browser.fields = fields
    assert (await browser.press("sign_in", credential=credential)).status_code == 403  # and spent by that very attempt
    credential = orjson.dumps(genuine.get(orjson.loads(browser.options))).decode()
    fields = dict(browser.fields)
    assert (await browser.press("sign_in", credential=credential)).status_code == 303  # unbent, it signs in
    await browser.open(prompt="login")
    browser.fields |= {"challenge_id": fields["challenge_id"]}
    assert (await browser.press("sign_in", credential=credential)).status_code == 403  # replayed


def apart(known: list[float], unknown: list[float]) -> float:
    """Welch's t of two samples, the slowest tenth of each left out: what the machine did meanwhile is in it."""
    one, other = (sorted(sample)[: len(sample) * 9 // 10] for sample in (known, unknown))
    spread = sqrt(statistics.variance(one) / len(one) + statistics.variance(other) / len(other))
    return abs(statistics.fmean(one) - statistics.fmean(other)) / spread


WIDE = (
    "password_failures_per_account",
    "password_failures_per_network",
    "approvals_per_account",
    "codes_per_address",
    "codes_per_destination",
    "recoveries_per_address",
)
Door = Callable[[str], Awaitable[httpx.Response]]


def doors(browser: Browser, signed_in: Phone) -> dict[str, Door]:
    """Every way to ask about an account: by its number or address, or by a secret of its proofing."""
    web = browser.http

    async def options(who: str) -> httpx.Response:
        return await web.post("/v1/credentials/passkeys/options", json={"enrolment": who.ljust(40, "x")})

    return {
        "sign-in": lambda who: browser.press("password", identifier=who, password="not the right one"),
        "push": lambda who: browser.press("push", identifier=who),
        "recovery": lambda who: web.post("/v1/recovery", json={"identifier": who}),
        "one-time code": lambda who: signed_in.call("POST", "/v1/me/email", json={"address": who}),
        "sign-up and passkey options": options,
    }


async def told_apart(door: Door) -> str:
    """What tells a known account from an unknown one at a door: nothing, or what it is."""
    times: dict[bool, list[float]] = {True: [], False: []}
    shapes: set[tuple[int, int]] = set()
    for number in range(SAMPLES + 10):
        known = number % 4 in {0, 3}
        started = time.perf_counter()
        answer = await door(MAIL if known else f"no{number % 10}@example.vn")
        if number >= 10:  # the first ones warm up
            times[known].append(time.perf_counter() - started)
        shapes.add((answer.status_code, len(answer.content)))
    if len(shapes) > 1:
        return f"status or shape: {shapes}"
    difference = abs(statistics.median(times[True]) - statistics.median(times[False]))
    # Half a millisecond drowns in any network.
    return "" if apart(times[True], times[False]) < 4.5 or difference < 0.0005 else f"{difference * 1000:.2f} ms"


async def test_case_30_known_and_unknown_accounts_answer_alike_and_as_fast(
    whole_hub: Hub, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = settings().model_copy(update=dict.fromkeys(WIDE, 10_000))
    for room in (passwords, requests, recovery, codes):
        monkeypatch.setattr(room, "settings", lambda: wide)
    pool: Passwords = whole_hub.process.runtime.parts["passwords"]
    async with database_of(whole_hub).transaction() as session:
        lan = await a_person(session)
        await contacts._take_email(session, lan, Address(MAIL))
        await factors.keep(session, lan, GOOD, pool)
    browser = Browser(web)
    await browser.open()
    asked = doors(browser, await phone_of(whole_hub.process, web, name="Minh"))
    found = {name: await told_apart(door) for name, door in asked.items()}
    assert found == dict.fromkeys(asked, "")


class Counting(Passwords):
    """A hasher that counts what it is asked, and finds everything wrong at once."""

    def __init__(self) -> None:
        super().__init__(Pool("counting", workers=1))
        self.asked = 0

    async def fits(self, kept: str | None, password: str) -> bool:  # noqa: ARG002 (as the hasher it stands for)
        self.asked += 1
        return False


async def test_case_31_stuffed_pairs_are_throttled_and_the_victim_signs_in_by_passkey(
    whole_hub: Hub, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings().model_copy(update={"password_failures_per_operator": 600})
    monkeypatch.setattr(passwords, "settings", lambda: chosen)
    pool, refused = Counting(), 0
    phone = await phone_of(whole_hub.process, web)
    database = database_of(whole_hub)
    async with database.transaction() as session:
        await contacts._take_email(session, UUID((await phone.call("GET", "/v1/me")).json()["id"]), Address(MAIL))
        with clock.use(FixedClock(now().replace(minute=1, second=0))):
            for number in range(PAIRS):
                where = Where("10.0.0.1", f"10.{number % 40}.0.0/24", None, "AS131429", "bot")
                account = MAIL if number < 100 else f"user{number}@example.vn"
                try:
                    assert await passwords.judge(session, Attempt(account, f"guess {number}", ""), pool, where) is None
                except TooMany:
                    refused += 1
                if number == 99:
                    assert pool.asked == chosen.password_failures_per_account  # one account, from forty networks
            assert refused + pool.asked == PAIRS
            assert pool.asked == chosen.password_failures_per_operator
            one = Where("10.0.0.1", "192.0.2.0/24", None, None, "bot")
            before = pool.asked
            for number in range(300):
                try:
                    await passwords.judge(session, Attempt(f"other{number}@example.vn", "guess", ""), pool, one)
                except TooMany:
                    continue
            assert pool.asked - before == chosen.password_failures_per_network
    await phone.sign_in(prompt="login")  # passkeys know nothing of it
    assert (await phone.call("GET", "/v1/me")).status_code == 200


async def test_case_35_a_planted_session_a_forged_post_and_a_logged_out_cookie_are_worth_nothing(
    whole_hub: Hub, web: httpx.AsyncClient
) -> None:
    phone = await phone_of(whole_hub.process, web)
    browser = Browser(web)
    browser.cookies["hs_session"] = "planted-by-an-attacker"
    await browser.open()
    first = await present(browser, phone.passkey)
    assert (first.status_code, browser.cookies["hs_session"] != "planted-by-an-attacker") == (303, True)
    signed_in = browser.cookies["hs_session"]
    await browser.open(max_age="0")
    assert (await present(browser, phone.passkey)).status_code == 303
    assert browser.cookies["hs_session"] != signed_in  # a new one at step-up as well
    old = Browser(web, cookies={"hs_session": signed_in})
    assert (await old.open()).status_code == 200  # the earlier cookie signs nobody in

    victim = Browser(web)
    await victim.open(prompt="login")
    forged = Browser(web, fields=victim.fields, page=victim.page)  # the attacker's form, posted from the victim's browser
    refused = await present(forged, phone.passkey)
    assert refused.status_code == 400
    assert "hs_session" not in forged.cookies

    last = browser.cookies["hs_session"]
    app = await browser.redeem(await browser.open())
    await web.get("/oauth/logout", params={"id_token_hint": app.held.id_token}, headers=browser.headers)
    replayed = Browser(web, cookies={"hs_session": last})
    assert (await replayed.open()).status_code == 200  # asked to sign in again
    assert "error=login_required" in (await replayed.open(prompt="none")).headers["location"]
    await whole_hub.process.revocations.read()
    assert (await app.call("GET", "/v1/me")).status_code == 401


async def test_case_36_a_scanned_code_is_one_persons_and_its_number_is_always_asked_for(whole_hub: Hub, web: httpx.AsyncClient) -> None:
    lan, minh = await phone_of(whole_hub.process, web), await phone_of(whole_hub.process, web, name="Minh")
    browser = Browser(web)
    await browser.open()
    await browser.press("qr")
    reference = browser.fields["reference"]
    scanned = (await lan.call("POST", "/v1/me/sign-in-scans", json={"reference": reference})).json()
    other = await minh.call("POST", "/v1/me/sign-in-scans", json={"reference": reference})
    assert (other.status_code, other.json()["code"]) == (404, "sign_in.gone")  # scanned from another account
    path = f"/v1/me/sign-ins/{scanned['id']}/approve"
    assert (await minh.call("POST", path, json={"number": browser.number})).status_code == 404

    async with database_of(whole_hub).transaction() as session:  # relayed: the asking browser is in another network
        (await session.get_one(SignInRequest, UUID(scanned["id"]))).network = "203.0.113.0/24"
    assert (await lan.call("GET", f"/v1/me/sign-ins/{scanned['id']}")).json()["elsewhere"] is True
    assert (await lan.call("POST", path, json={})).status_code == 422  # no yes without the number
    wrong = 10 + (browser.number - 9) % 90
    for _ in range(3):
        assert (await lan.call("POST", path, json={"number": wrong})).json()["code"] == "sign_in.number_wrong"
    assert (await lan.call("POST", path, json={"number": browser.number})).status_code == 404  # three wrong ones refuse it
    assert (await browser.press("continue")).status_code == 403

    await browser.press("qr")
    again = (await lan.call("POST", "/v1/me/sign-in-scans", json={"reference": browser.fields["reference"]})).json()
    assert (await lan.call("POST", f"/v1/me/sign-ins/{again['id']}/approve", json={"number": browser.number})).status_code == 204
    thief = Browser(web)
    await thief.open()
    thief.fields |= {"waiting": browser.fields["waiting"], "reference": browser.fields["reference"]}
    assert (await thief.press("continue")).status_code == 403  # the yes is for the browser that asked
    state = await web.get(f"/oauth/sign-ins/{browser.fields['waiting']}", headers=thief.headers)
    assert state.status_code == 404
    fields = dict(browser.fields)
    assert (await browser.press("continue")).status_code == 303
    await browser.open(prompt="login")
    browser.fields |= {"waiting": fields["waiting"], "reference": fields["reference"]}
    assert (await browser.press("continue")).status_code == 403  # used once
    await browser.press("qr")
    with clock.use(FixedClock(now() + timedelta(seconds=61))):
        late = await lan.call("POST", "/v1/me/sign-in-scans", json={"reference": browser.fields["reference"]})
        assert late.status_code == 404  # a minute and no longer
    async with database_of(whole_hub).session() as session:
        methods = list(await session.scalars(select(SignInSession.amr)))
    assert ["mca", "user"] in methods
