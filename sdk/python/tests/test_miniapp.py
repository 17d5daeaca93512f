"""The light MiniApp in a FastAPI backend, run against the super-app in memory: people, launches, webhooks, and what it asks of the hub."""

import inspect
import json
import re
import typing
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI

import hanoismart
from hanoismart import LaunchRefused, MiniApp, NotAgreed, Received, User, clock, sync, telegram, tokens
from hanoismart.client import Conflict, HubBusy, HubRefused, HubUnreachable
from hanoismart.emulator.superapp import ConsentNeeded, LevelTooLow, Suspended
from hanoismart.manifest.example import EXAMPLE, HS
from hanoismart.miniapp import MemoryOnce, Taken
from hanoismart.testing import Host
from hanoismart.text import Text

APP = "vn.hanoi.parking"
SCOPES = ("profile.name", "notifications.send", "payments.charge", "phone")
PURPOSE = {"vi": "Để phục vụ bạn", "en": "To serve you"}
MANIFEST: dict[str, Any] = {
    **EXAMPLE,
    "hs": {**HS, "scopes": [{"scope": name, "optional": name != "profile.name", "purpose": PURPOSE} for name in SCOPES]},
}


class Backend:
    """A backend as a developer writes it."""

    def __init__(self) -> None:
        self.app = MiniApp(APP)
        self.api = FastAPI()
        self.heard: list[Received] = []
        self.fails = 0
        self._routes()

    def _routes(self) -> None:
        @self.api.get("/me")
        async def me(user: Annotated[User, Depends(self.app.user(scopes=["profile.name"]))]) -> dict[str, Any]:
            return {"sub": user.sub, "scopes": sorted(user.scopes), "acr": user.acr}

        @self.api.get("/parks")
        async def parks(user: Annotated[User | None, Depends(self.app.visitor())]) -> dict[str, bool]:
            return {"known": user is not None}

        @self.app.webhook("consent.revoked")
        async def forget(received: Received) -> None:
            if self.fails:
                self.fails -= 1
                raise RuntimeError("the database is away")
            self.heard.append(received)

        self.api.mount("/hs", self.app.webhooks)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def host(backend: Backend) -> Iterator[Host]:
    made = Host(MANIFEST, backend=backend.api, app=backend.app)
    yield made
    made.close()


def test_a_citizen_is_who_the_gateway_says(host: Host) -> None:
    lan = host.citizen(1)
    with pytest.raises(ConsentNeeded) as needed:
        host.open(lan)
    assert [one.scope for one in needed.value.requests] == list(SCOPES)
    sub = host.agree(lan, "profile.name")
    host.decline(lan, "notifications.send", "payments.charge", "phone")
    told = host.open(lan).get("/me").json()
    assert told == {"sub": sub, "scopes": ["profile.name"], "acr": "urn:hanoi:loa:2"}


def test_a_route_says_no_without_a_person_a_scope_or_the_gateway(backend: Backend, host: Host) -> None:
    minh = host.citizen(2)
    host.agree(minh)
    page = host.open(minh)
    assert page.get("/me").status_code == 200
    host.superapp.withdraw(page.sub, "profile.name")
    assert page.get("/me").json()["code"] == "gateway.consent_required"
    assert host.call("GET", "/me").json()["code"] == "gateway.token_required"
    assert host.call("GET", "/parks").json() == {"known": False}
    transport = httpx.ASGITransport(app=backend.api)

    async def past_the_gateway() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://backend") as http:
            return await http.get("/me", headers={"HS-Assertion": "a.b.c"})

    refused = host._run(past_the_gateway())
    assert (refused.status_code, refused.json()["detail"]["step"]) == (401, "form")


def test_a_declined_scope_is_missing_on_its_route(host: Host, backend: Backend) -> None:
    @backend.api.get("/phone")
    async def phone(user: Annotated[User, Depends(backend.app.user(scopes=["phone"]))]) -> str:
        return user.sub

    host.agree(host.citizen(1), "profile.name")
    host.decline(host.citizen(1), *SCOPES[1:])
    refused = host.open(1).get("/phone")
    assert (refused.status_code, refused.json()["detail"]["scopes"]) == (403, ["phone"])


def test_a_launch_counts_once(host: Host, backend: Backend) -> None:
    host.agree(host.citizen(5))
    page = host.open(5, start_param="pages/ticket?id=7")
    launch = host._run(backend.app.verify_launch(page.launch_token))
    assert (launch.subject, launch.start_param) == (page.sub, "pages/ticket?id=7")
    for raw, step in ((page.launch_token, "reused"), (page.launch_token[:-3], "signature"), ("", "form")):
        with pytest.raises(LaunchRefused) as refused:
            host._run(backend.app.verify_launch(raw))
        assert refused.value.step == step
    with clock.use(clock.FixedClock(clock.now() + timedelta(seconds=61))), pytest.raises(LaunchRefused) as refused:
        host._run(backend.app.verify_launch(host.superapp._launch_token(page.sub, page.person, frozenset(), "vi", None), max_age=-1))
    assert refused.value.step == "expired"


async def test_launch_data_in_telegrams_grammar_is_taken_by_the_same_function() -> None:
    key, moment = tokens.new_key(), clock.now()
    user = json.dumps({"id": 7, "first_name": "Bạn", "language_code": "en", "sub": "k1.lan"}, separators=(",", ":"))
    pairs = {"auth_date": str(int(moment.timestamp())), "query_id": "q1", "user": user, "start_param": "pages/a"}
    raw = telegram.sign(pairs, app_secret="s" * 32, key=key, app_num=42)
    for given in ({"app_num": 42}, {"app_secret": "s" * 32}, {"app_num": 42, "app_secret": "s" * 32}):
        app = MiniApp(APP, keys=tokens.public_jwks([key]), **given)
        launch = await app.verify_launch(raw)
        assert (launch.subject, launch.locale, launch.start_param, launch.grant.scopes) == ("k1.lan", "en", "pages/a", frozenset())
        with pytest.raises(LaunchRefused, match="reused"):
            await app.verify_launch(raw)
    for given, step in (({"app_num": 43}, "signature"), ({"app_secret": "t" * 32}, "hash"), ({}, "keys")):
        with pytest.raises(LaunchRefused, match=step):
            await MiniApp(APP, keys=tokens.public_jwks([key]), **given).verify_launch(raw)
    with pytest.raises(LaunchRefused, match="expired"), clock.use(clock.FixedClock(moment + timedelta(seconds=301))):
        await MiniApp(APP, keys={}, app_secret="s" * 32).verify_launch(raw)


def test_a_message_is_acted_on_once_and_again_after_a_failure(host: Host, backend: Backend) -> None:
    lan = host.citizen(1)
    sub = host.agree(lan)
    backend.fails = 1
    delivery = host.superapp.withdraw(sub)
    assert host.deliver_one(delivery).status_code == 500
    assert host.deliver_one(delivery).status_code == 204
    assert host.deliver_one(delivery).status_code == 204
    assert [one.data["sub"] for one in backend.heard] == [sub]
    assert host.send("payment.succeeded", {"reference": "x"}).status_code == 204, "what nobody hears is taken and forgotten"


def test_a_message_of_another_hub_is_refused(host: Host) -> None:
    delivery = host.superapp.tell("consent.revoked", {"sub": "x"})
    host.superapp.key = tokens.new_key()
    host.superapp.webhook_secret = "whsec_" + "A" * 43 + "="
    assert host.deliver_one(delivery).json()["step"] == "signature"


async def test_two_at_once_do_not_act_twice() -> None:
    once = MemoryOnce()
    assert [await once.take("a"), await once.take("a")] == [Taken.YOURS, Taken.BUSY]
    await once.release("a")
    assert await once.take("a") is Taken.YOURS
    await once.finish("a")
    assert await once.take("a") is Taken.DONE
    with clock.use(clock.FixedClock(clock.now() + timedelta(seconds=61))) as later:
        await once.take("b")
        later.advance(timedelta(seconds=61))
        assert await once.take("b") is Taken.YOURS, "whoever began and died does not hold it for ever"


def test_what_an_app_asks_of_the_hub(host: Host, backend: Backend) -> None:
    app, run, lan = backend.app, host._run, host.citizen(1)
    sub = host.agree(lan)
    assert run(app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 5}, dedupe="t1"))
    assert not run(app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 5}, dedupe="t1"))
    assert [one.text.vi for one in host.notifications] == ["Vé A1 còn 5 phút"]
    intent = run(app.charge(sub, 25_000, Text(vi="Vé", en="Ticket"), "t1"))
    assert run(app.charge(sub, 25_000, Text(vi="Vé", en="Ticket"), "t1")).id == intent.id
    with pytest.raises(Conflict):
        run(app.charge(sub, 30_000, Text(vi="Vé", en="Ticket"), "t1"))
    host.pay(host.payments[0])
    assert run(app.pay.status(intent.id)).state == "settled"
    code = host.open(lan).code("phone")
    assert run(app.redeem_phone(code)) == "+84900000001"
    with pytest.raises(HubRefused) as refused:
        run(app.redeem_phone(code))
    assert refused.value.code == "backend.code_refused"
    kept = app.storage(sub)
    run(kept.set("spot", {"id": 7}))
    assert run(kept.get("spot")) == {"id": 7}
    assert run(kept.info())["keys"] == ["spot"]
    run(kept.remove("spot"))
    assert run(kept.get("spot", "none")) == "none"
    host.erase(lan)
    with pytest.raises(NotAgreed) as missing:
        run(app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 5}))
    assert missing.value.scopes == ("notifications.send",)
    run(app.close())


def test_a_switched_off_app_is_told_so_everywhere(host: Host, backend: Backend) -> None:
    sub = host.agree(host.citizen(1))
    page = host.open(1)
    host.kill()
    assert page.get("/me").json()["code"] in {"gateway.token_outdated", "gateway.app_suspended"}
    with pytest.raises(Suspended):
        host.open(1)
    with pytest.raises(HubRefused) as refused:
        host._run(backend.app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 5}))
    assert refused.value.code == "miniapps.suspended"


def test_an_unverified_citizen_may_not_open_an_app_that_asks_for_more() -> None:
    host = Host({**MANIFEST, "hs": {**MANIFEST["hs"], "min_assurance": "verified"}})
    host.agree(host.citizen(9))
    with pytest.raises(LevelTooLow):
        host.open(9)
    host.close()


def test_a_call_that_does_not_fit_the_submitted_document_never_leaves(backend: Backend) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "required": ["spot"]}}}}
    paths = {"/me": {"get": {"responses": {"200": {"description": "ok"}}}}, "/tickets": {"post": {"requestBody": body, "responses": {}}}}
    openapi = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    host = Host(MANIFEST, backend=backend.api, app=backend.app, openapi=openapi)
    host.agree(host.citizen(1))
    page = host.open(1)
    assert page.get("/me").status_code == 200
    assert page.get("/elsewhere").json()["code"] == "gateway.route_unknown"
    assert page.post("/tickets", {}).json()["code"] == "gateway.request_invalid"
    host.close()


def test_the_fixture_makes_hosts(hs_host: Any, backend: Backend) -> None:
    host = hs_host(MANIFEST, backend=backend.api, app=backend.app)
    host.agree(host.citizen(3))
    assert host.open(3).get("/me").json()["sub"] == host.superapp.sub_of(host.citizen(3))


def test_code_that_does_not_await_has_the_same_app(host: Host) -> None:
    sub = host.agree(host.citizen(1))
    heard: list[str] = []
    with sync.MiniApp(APP, keys=host.superapp.jwks(), hub=host.superapp.issuer, key=tokens.new_key(), transport=_transport(host)) as app:
        app.webhook("consent.revoked")(lambda received: heard.append(str(received.data["sub"])))
        assert app.verify_launch(host.open(1).launch_token).subject == sub
        assert app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 5})
        app.storage(sub).set("a", 1)
        assert app.storage(sub).get("a") == 1
        delivery = host.superapp.withdraw(sub)
        app.receive(host.superapp.signed(delivery), delivery.body)
        app.receive(host.superapp.signed(delivery), delivery.body)
        assert heard == [sub]
        with pytest.raises(NotAgreed):
            app.notify(sub, "parking.expiring", {"spot": "A1", "minutes": 6})


def _transport(host: Host) -> httpx.AsyncBaseTransport:
    from hanoismart.emulator import HubTransport

    return HubTransport(host._api)


class Failing(httpx.AsyncBaseTransport):
    """A hub that is away for the first calls; remembers under which keys it was asked."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.keys: list[str | None] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        self.keys.append(request.headers.get("idempotency-key"))
        status = self.answers.pop(0)
        if status == 0:
            raise httpx.ConnectError("away", request=request)
        if status >= 400:
            return httpx.Response(status, json={"code": "service.unavailable"}, headers={"retry-after": "0"})
        return httpx.Response(status, json={"values": {"phone": "+84900000001"}, "sent": True})


async def calling(transport: Failing) -> MiniApp:
    app = MiniApp(APP)
    app.connect(hub="http://hub.example", key=tokens.new_key(), keys={"keys": []}, transport=transport, delays=(0.0, 0.0))
    return app


async def test_what_failed_on_the_way_is_tried_again_under_the_same_key() -> None:
    transport = Failing(0, 503, 200)
    app = await calling(transport)
    assert await app.redeem_phone("code") == "+84900000001"
    assert len(transport.keys) == 3
    assert len(set(transport.keys)) == 1
    assert transport.keys[0] is not None


async def test_what_cannot_be_repeated_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    app = await calling(transport := Failing(0, 200))
    with pytest.raises(HubUnreachable):
        await app.hub.call("POST", "/v1/backend/people/read", json={})
    assert len(transport.keys) == 1
    app = await calling(Failing(503, 503, 503))
    with pytest.raises(HubBusy):
        await app.notify("s", "t", {}, dedupe="d")


def test_the_public_surface_is_what_the_page_lists() -> None:
    page = (Path(__file__).parents[3] / "docs/mini-apps/sdk.md").read_text()
    listed = set(re.findall(r"^\| `hanoismart\.(\w+)`", page, re.MULTILINE))
    assert listed == set(hanoismart.__all__) - {"__version__"}
    for name in listed:
        found = getattr(hanoismart, name)
        assert inspect.getdoc(found), name
    methods = {name for name, member in inspect.getmembers(MiniApp) if not name.startswith("_") and callable(member)}
    told = set(re.findall(r"`(?:await )?app\.(\w+)\(", page))
    assert methods - {"connect"} <= told, methods - told
    with pytest.raises(AttributeError):
        typing.cast("Any", hanoismart).Nothing  # noqa: B018 (that it raises is the point)
