"""Webhooks as developers meet them: settings, rotation, tests, the log, sending again, and hearing that an endpoint was disabled."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from hanoismart import clock, tokens, webhooks
from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.api import mandates, organisations
from identity.api.notices import Channel
from kernel.jobs import jobs
from notifications.inbox.models import Notification
from plugins.registry.placement import Http
from plugins.rollout import service as rollout
from plugins.webhooks import settings
from plugins.webhooks.jobs import Outbox
from plugins.webhooks.models import Message, MessageState
from plugins.webhooks.service import DELIVER, tell
from plugins.webhooks.telling import MAIL
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.people import a_person
from tests.support.sockets import listening

HOOKS = {"events": ["consent.revoked", "account.erased", "payment.succeeded"]}
BASE = f"/v1/dev/apps/{APP}"


async def developing(hub: SmallHub, app_id: str = APP) -> UUID:
    """The app is there, and whoever calls next develops it."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(webhooks=HOOKS, scopes=[]))
        owner = await organisations.by_code(session, "H26.19")
        assert owner is not None
        person = await a_person(session, name="Minh", level=2)
        await mandates.first_administrator(session, owner.id, person, confirmed_by=None)
    await hub.signed_in(person_id=person)
    assert app_id
    return person


@pytest_asyncio.fixture
async def developer(hub: SmallHub) -> AsyncIterator[UUID]:
    yield await developing(hub)


class Post:
    """A messenger that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[Channel, str, str, str]] = []

    async def send(self, channel: Channel, destination: str, subject: str, text: str) -> None:
        self.sent.append((channel, destination, subject, text))


async def run(hub: SmallHub, name: str = DELIVER, **resources: Any) -> None:
    outbox = Outbox()
    given = {"miniapp_backends": hub.backends, "webhooks": outbox} | resources
    await jobs.registry[name].handler(Run({"app_id": APP}, 0, hub.database, given))
    await outbox.sender.close()


async def wrote(hub: SmallHub, *marks: str) -> None:
    async with hub.database.transaction() as session:
        for mark in marks:
            assert await tell(session, APP, "payment.succeeded", {"reference": mark}, dedupe=mark)


async def test_settings_go_no_further_than_the_manifest(hub: SmallHub, developer: UUID) -> None:
    told = (await hub.client.get(f"{BASE}/webhooks")).json()
    assert (told["url"], told["events"], told["disabled_at"]) == (None, HOOKS["events"], None)
    fewer = await hub.client.put(f"{BASE}/webhooks", json={"events": ["payment.succeeded"]})
    assert (fewer.status_code, fewer.json()["events"], fewer.json()["manifest_events"]) == (200, ["payment.succeeded"], HOOKS["events"])
    async with hub.database.transaction() as session:
        assert not await tell(session, APP, "account.erased", {}, dedupe="x")
        await installed(session, manifest(webhooks=HOOKS, scopes=[]), Http("https://api.parking.example"))
    more = await hub.client.put(f"{BASE}/webhooks", json={"events": ["app.version.state_changed"]})
    assert (more.status_code, more.json()["code"]) == (422, "webhooks.events_refused")
    for url in ("http://parking.example/x", "https://127.0.0.1/x", "https://localhost/x", "https://u:p@parking.example/"):
        refused = await hub.client.put(f"{BASE}/webhooks", json={"url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "webhooks.url_refused")
    chosen = await hub.client.put(f"{BASE}/webhooks", json={"url": "https://hooks.parking.example/hs"})
    assert chosen.json()["url"] == "https://hooks.parking.example/hs"
    assert (await hub.client.put(f"{BASE}/webhooks", json={})).json()["url"] == "https://api.parking.example/hs/webhook"


async def test_a_backend_with_us_has_no_other_address(hub: SmallHub, developer: UUID) -> None:
    refused = await hub.client.put(f"{BASE}/webhooks", json={"url": "https://hooks.parking.example/hs"})
    assert refused.json()["code"] == "webhooks.url_refused"


async def test_what_must_be_heard_cannot_be_left_out(hub: SmallHub, developer: UUID) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest(webhooks=HOOKS) | {"version": {"code": 13, "name": "1.5.0"}})
    refused = await hub.client.put(f"{BASE}/webhooks", json={"events": ["payment.succeeded"]})
    assert refused.json()["code"] == "webhooks.events_refused"


async def test_another_organisations_app_is_not_there(hub: SmallHub, developer: UUID) -> None:
    await hub.signed_in(name="Thu")
    answers = [
        await hub.client.get(f"{BASE}/webhooks"),
        await hub.client.put(f"{BASE}/webhooks", json={}),
        await hub.client.post(f"{BASE}/webhooks/secret"),
        await hub.client.post(f"{BASE}/webhooks/enable"),
        await hub.client.post(f"{BASE}/webhooks/test", json={}),
        await hub.client.get(f"{BASE}/deliveries"),
        await hub.client.get(f"{BASE}/deliveries/{uuid4()}"),
        await hub.client.post(f"{BASE}/deliveries/{uuid4()}/replay"),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "miniapps.not_found")}


async def test_an_app_without_webhooks_has_none(hub: SmallHub, developer: UUID) -> None:
    quiet = manifest(scopes=[])
    del quiet["hs"]["webhooks"]
    async with hub.database.transaction() as session:
        await installed(session, quiet | {"app_id": "vn.hanoi.quiet"})
    assert (await hub.client.get("/v1/dev/apps/vn.hanoi.quiet/webhooks")).json()["code"] == "webhooks.none"


async def test_both_secrets_sign_for_a_day(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    first = (await hub.client.post(f"{BASE}/webhooks/secret")).json()["secret"]
    second = (await hub.client.post(f"{BASE}/webhooks/secret")).json()["secret"]
    assert first != second
    assert (await hub.client.get(f"{BASE}/webhooks")).json()["rotating_until"]
    await wrote(hub, "i1")
    await run(hub)
    keys = tokens.public_keys((await hub.client.get("/.well-known/hanoismart/miniapp-keys.json")).json())
    call = echo.calls[-1]
    trusts: list[dict[str, Any]] = [{"secrets": [first]}, {"secrets": [second]}, {"keys": keys.values()}]
    for trust in trusts:
        assert webhooks.verify(call["headers"], call["body"].encode(), now=clock.now(), **trust).data == {"reference": "i1"}
    with clock.use(clock.FixedClock(clock.now() + timedelta(hours=25))):
        await wrote(hub, "i2")
        await run(hub)
        call = echo.calls[-1]
        assert webhooks.verify(call["headers"], call["body"].encode(), now=clock.now(), secrets=[second])
        with pytest.raises(webhooks.WebhookRefused):
            webhooks.verify(call["headers"], call["body"].encode(), now=clock.now(), secrets=[first])


async def test_a_test_message_says_that_it_is_one(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    for kind in ("hs.test", "consent.revoked"):
        sent = await hub.client.post(f"{BASE}/webhooks/test", json={"type": kind})
        assert (sent.status_code, sent.json()["type"], sent.json()["state"]) == (202, kind, "pending")
    assert (await hub.client.post(f"{BASE}/webhooks/test", json={"type": "anything"})).status_code == 422
    await run(hub)
    assert all('"test":true' in call["body"] for call in echo.calls)
    assert len(echo.calls) == 2


async def test_the_log_shows_every_attempt_and_sends_again_under_the_same_id(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    echo.status = 500
    await wrote(hub, "i1")
    with clock.use(clock.FixedClock(clock.now())) as at:
        await run(hub)
        (row,) = (await hub.client.get(f"{BASE}/deliveries")).json()["items"]
        assert (row["state"], row["attempts"]) == ("pending", 1)
        assert row["due_at"]
        assert (await hub.client.post(f"{BASE}/deliveries/{row['message_id']}/replay")).json()["attempts"] == 1  # it is under way anyway
        at.advance(timedelta(seconds=6))
        echo.status = 204
        await run(hub)
        again = await hub.client.post(f"{BASE}/deliveries/{row['message_id']}/replay")
        assert (again.status_code, again.json()["state"]) == (202, "pending")
        await run(hub)
    detail = (await hub.client.get(f"{BASE}/deliveries/{row['message_id']}")).json()
    assert [one["status"] for one in detail["tries"]] == [500, 204, 204]
    assert detail["body"] == echo.calls[-1]["body"]
    assert {call["headers"]["webhook-id"] for call in echo.calls} == {detail["webhook_id"]}
    assert (await hub.client.get(f"{BASE}/deliveries", params={"state": "failed"})).json()["items"] == []
    assert (await hub.client.get(f"{BASE}/deliveries/{uuid4()}")).json()["code"] == "webhooks.delivery_not_found"
    assert (await hub.client.post(f"{BASE}/deliveries/{uuid4()}/replay")).json()["code"] == "webhooks.delivery_not_found"


async def test_a_stretch_of_time_is_sent_again_once(hub: SmallHub, echo: Echo, developer: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MOST", 2)
    since = clock.now() - timedelta(seconds=1)
    await wrote(hub, "i1", "i2", "i3")
    await hub.client.post(f"{BASE}/webhooks/test", json={})
    await run(hub)
    assert len(echo.calls) == 4
    stretch = {"since": since.isoformat(), "until": (clock.now() + timedelta(seconds=1)).isoformat()}
    assert (await hub.client.post(f"{BASE}/deliveries/replay", json=stretch)).json() == {"replayed": 2}
    assert (await hub.client.post(f"{BASE}/deliveries/replay", json=stretch)).json() == {"replayed": 1}  # those under way are left alone
    await run(hub)
    assert sorted('"i' + call["body"].split('"i')[1][:2] for call in echo.calls[4:]) == ['"i1"', '"i2"', '"i3"']
    wrong = {"since": stretch["until"], "until": stretch["since"]}
    assert (await hub.client.post(f"{BASE}/deliveries/replay", json=wrong)).json()["code"] == "webhooks.range_refused"


async def test_developers_hear_that_their_endpoint_was_disabled(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    echo.status, post = 410, Post()
    await wrote(hub, "i1")
    await run(hub)
    async with hub.database.session() as session:
        rows = list(await session.scalars(select(Notification).where(Notification.person_id == developer)))
    assert len(rows) == 1
    await run(hub, MAIL, messenger=post)
    ((channel, address, subject, body),) = post.sent
    assert (channel, address) == (Channel.EMAIL, "hotro@parking.example")
    assert "đã bị tắt" in subject
    assert "was disabled" in subject
    assert "developer portal" in body
    assert (await hub.client.get(f"{BASE}/webhooks")).json()["disabled_at"]
    refused = await hub.client.post(f"{BASE}/webhooks/test", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhooks.disabled")
    enabled = await hub.client.post(f"{BASE}/webhooks/enable")
    assert (enabled.json()["disabled_at"], enabled.json()["failing_since"]) == (None, None)
    echo.status = 204
    await run(hub, MAIL, messenger=post)  # too late: it hears again
    assert len(post.sent) == 1
    await wrote(hub, "i2")
    await run(hub)
    assert len(echo.calls) == 2


async def test_a_stopped_app_hears_nothing(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    await wrote(hub, "i1")
    async with hub.database.transaction() as session:
        await rollout.kill(session, app_id=None, reason=Text(vi="Bảo trì", en="Maintenance"), actor="staff:test")
    await run(hub)
    assert echo.calls == []
    async with hub.database.session() as session:
        assert (await session.scalars(select(Message.state))).all() == [MessageState.WITHDRAWN]


async def test_many_messages_go_out_in_one_run_and_each_once(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    await wrote(hub, *(f"i{number}" for number in range(120)))
    async with listening(echo) as url:
        async with hub.database.transaction() as session:
            await installed(session, manifest(webhooks=HOOKS, scopes=[]), Http(url))
        outbox, other = Outbox(), Outbox()
        runs = [Run({}, 0, hub.database, {"miniapp_backends": hub.backends, "webhooks": one}) for one in (outbox, other, outbox)]
        await asyncio.gather(*(jobs.registry[DELIVER].handler(one) for one in runs))
        await outbox.sender.close()
        await other.sender.close()
    assert len({call["headers"]["webhook-id"] for call in echo.calls}) == len(echo.calls) == 120
    async with hub.database.session() as session:
        assert await session.scalar(select(func.count()).where(Message.state == MessageState.DELIVERED)) == 120


async def test_old_messages_are_removed(hub: SmallHub, echo: Echo, developer: UUID) -> None:
    await wrote(hub, "i1")
    await run(hub)
    with clock.use(clock.FixedClock(clock.now() + timedelta(days=31))):
        await run(hub, "plugins.purge_webhooks")
    async with hub.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Message)) == 0


async def test_tests_cannot_be_made_a_flood(hub: SmallHub, developer: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MOST_TESTS", 2)
    sent = await asyncio.gather(*(hub.client.post(f"{BASE}/webhooks/test", json={}) for _ in range(5)))
    assert sorted(one.status_code for one in sent) == [202, 202, 429, 429, 429]
    assert {one.json()["code"] for one in sent if one.status_code == 429} == {"webhooks.too_many_tests"}
