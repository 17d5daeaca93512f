"""What the SDK does by itself for people's rights: an erasure is confirmed once it is handled, and one yes is one notification."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hanoismart import MiniApp, NotAgreed, Received, clock, tokens, webhooks
from hanoismart.client import HubBusy, NotFound
from hanoismart.manifest.example import EXAMPLE, HS
from hanoismart.testing import Host

APP = "vn.hanoi.parking"
PURPOSE = {"vi": "Để phục vụ bạn", "en": "To serve you"}
ASKED = [{"scope": name, "optional": name != "profile.name", "purpose": PURPOSE} for name in ("profile.name", "notifications.send")]
MANIFEST: dict[str, Any] = {**EXAMPLE, "hs": {**HS, "scopes": ASKED}}


class Backend:
    """A backend that hears nothing until a test says what; it fails as often as it is told to."""

    def __init__(self) -> None:
        self.app = MiniApp(APP)
        self.api = FastAPI()
        self.fails = 0
        self.api.mount("/hs", self.app.webhooks)


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def host(backend: Backend) -> Iterator[Host]:
    made = Host(MANIFEST, backend=backend.api, app=backend.app)
    yield made
    made.close()


def test_one_yes_to_a_notification_is_one_send(host: Host, backend: Backend) -> None:
    lan, tell = host.citizen(1), backend.app.notify
    sub = host.agree(lan, "profile.name")
    assert host.allow(lan, "parking.expiring", "parking.expiring") == ["parking.expiring"]
    spot: dict[str, str | int] = {"spot": "A1", "minutes": 5}
    assert host._run(tell(sub, "parking.expiring", spot, dedupe="t1"))
    assert not host._run(tell(sub, "parking.expiring", spot, dedupe="t1"))
    with pytest.raises(NotAgreed):
        host._run(tell(sub, "parking.expiring", spot, dedupe="t2"))
    for wrong in (["parking.free_beer"], ["a", "b", "c", "d"]):
        with pytest.raises(ValueError, match="template"):
            host.allow(lan, *wrong)
    for _ in range(20):
        assert host.allow(lan, "parking.expiring")
    assert host.allow(lan, "parking.expiring") == []


def test_a_handled_erasure_is_confirmed_by_itself(host: Host, backend: Backend) -> None:
    erased: list[Received] = []

    @backend.app.webhook("account.erased")
    async def forget(received: Received) -> None:
        if backend.fails:
            backend.fails -= 1
            raise RuntimeError("the database is away")
        erased.append(received)

    lan = host.citizen(1)
    sub = host.agree(lan)
    backend.fails = 1
    assert [one.status_code for one in host.erase(lan)] == [500]
    (duty,) = host.erasures
    assert duty.confirmed_at is None
    assert [one.id for one in host._run(backend.app.erasures.owed())] == [duty.id]
    delivery = host.superapp.tell("account.erased", {"sub": sub, "erasure_id": duty.id})
    assert [host.deliver_one(delivery).status_code for _ in range(2)] == [204, 204]
    assert (len(erased), duty.confirmed_at is not None) == (1, True)
    assert host._run(backend.app.erasures.owed()) == []
    assert host._run(backend.app.erasures.confirm(duty.id)).confirmed_at == duty.confirmed_at
    assert host.send("account.erased", {"sub": sub, "erasure_id": "another-hubs"}).status_code == 204
    assert host.send("account.erased", {"sub": sub}).status_code == 204
    with pytest.raises(NotFound):
        host._run(backend.app.erasures.confirm("another-hubs"))


def test_nothing_is_confirmed_that_nobody_handled_or_that_ends_later() -> None:
    later = MiniApp(APP, confirm_erasures=False)
    quiet = MiniApp.from_environment(APP, environment={"HS_CONFIRM_ERASURES": "0"})
    unheard = MiniApp(APP)
    for app in (later, quiet, unheard):
        if app is not unheard:

            @app.webhook("account.erased")
            async def forget(received: Received) -> None:
                """Begins what a job ends."""

        api = FastAPI()
        api.mount("/hs", app.webhooks)
        host = Host(MANIFEST, backend=api, app=app)
        lan = host.citizen(1)
        host.agree(lan)
        (answer,) = host.erase(lan)
        assert (answer.status_code, host.erasures[0].confirmed_at) == (204, None)
        host.close()


async def test_a_hub_that_is_away_hears_of_the_erasure_at_the_next_repetition() -> None:
    duty = {"id": "e1", "sub": "k1.x", "reason": "removed", "asked_at": "2026-01-05T00:00:00Z", "due_at": "2026-01-25T00:00:00Z"}
    answers = [
        httpx.Response(503, json={"code": "service.unavailable"}),
        httpx.Response(200, json=duty | {"confirmed_at": "2026-01-06T00:00:00Z"}),
    ]

    def hub(request: httpx.Request) -> httpx.Response:
        token = {"access_token": "t", "expires_in": 300}
        return httpx.Response(200, json=token) if request.url.path == "/oauth/token" else answers.pop(0)

    app, runs = MiniApp(APP), []
    app.connect(hub="http://hub.example", key=tokens.new_key(), keys={"keys": []}, transport=httpx.MockTransport(hub), delays=())

    @app.webhook("account.erased")
    async def forget(received: Received) -> None:
        runs.append(received.id)

    secret = webhooks.new_secret()
    app.webhooks._secrets = (secret,)
    body = webhooks.body_of("account.erased", clock.now(), {"sub": "k1.x", "erasure_id": "e1"})
    headers = webhooks.sign("msg_1", clock.now(), body, secrets=[secret], keys=[])
    with pytest.raises(HubBusy):
        await app.webhooks.receive(headers, body)
    await app.webhooks.receive(headers, body)
    assert (runs, answers) == (["msg_1"], [])
