"""Messages to backends: written with the fact, signed twice over the bytes, retried on the schedule, and stopped when they must."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from hanoismart import clock, tokens, webhooks
from hanoismart.server.jobs import Run
from hanoismart.server.worker import attempt
from hanoismart.text import Text
from kernel.jobs import jobs
from plugins.registry import lifecycle
from plugins.registry.placement import Http
from plugins.webhooks.jobs import Outbox
from plugins.webhooks.models import Attempt, Endpoint, Message, MessageState
from plugins.webhooks.service import DELIVER, secret_of, tell
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.sockets import listening

HOOKS = {"events": ["consent.revoked", "account.erased", "payment.succeeded"]}
DATA = {"reference": "s1", "amount": 25_000}


async def told(hub: SmallHub, **more: Any) -> str:
    """A message under way; its id."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(webhooks=HOOKS), **more)
    async with hub.database.transaction() as session:
        assert await tell(session, APP, "payment.succeeded", DATA, dedupe="i1")
        return str((await session.scalars(select(Message.id))).one())


async def deliver(hub: SmallHub, message_id: str) -> timedelta | None:
    """One attempt of what is due; how long until the next one of this message."""
    outbox = Outbox()
    try:
        resources = {"miniapp_backends": hub.backends, "webhooks": outbox}
        await attempt(jobs.registry[DELIVER], Run({"message_id": message_id}, 0, hub.database, resources))
    finally:
        await outbox.sender.close()
    async with hub.database.session() as session:
        message = await session.get_one(Message, UUID(message_id))
        return message.due_at - clock.now() if message.state is MessageState.PENDING else None


async def state(hub: SmallHub) -> tuple[MessageState, int, bool]:
    async with hub.database.session() as session:
        message = (await session.scalars(select(Message))).one()
        endpoint = await session.get_one(Endpoint, APP)
        return message.state, message.attempts, endpoint.disabled_at is not None


async def keys_and_secret(hub: SmallHub) -> tuple[tokens.PublicKeys, str]:
    async with hub.database.session() as session:
        secret = secret_of(await session.get_one(Endpoint, APP))
    return tokens.public_keys((await hub.client.get("/.well-known/hanoismart/miniapp-keys.json")).json()), secret


def received(call: Mapping[str, Any], **trust: Any) -> webhooks.Received:
    return webhooks.verify(call["headers"], call["body"].encode(), now=clock.now(), **trust)


async def test_a_message_is_written_with_its_fact_and_once(hub: SmallHub) -> None:
    await told(hub)
    async with hub.database.transaction() as session:
        assert not await tell(session, APP, "payment.succeeded", DATA, dedupe="i1")
        assert not await tell(session, APP, "app.version.state_changed", {}, dedupe="v1")
        assert not await tell(session, "vn.hanoi.nothing", "payment.succeeded", DATA, dedupe="i1")
        queued = await session.scalar(text("SELECT count(*) FROM kernel.pgqueuer WHERE entrypoint = :name"), {"name": DELIVER})
    assert queued == 1
    async with hub.database.session() as session:
        assert await tell(session, APP, "payment.succeeded", DATA, dedupe="i2")
        await session.rollback()
    assert (await state(hub))[1] == 0


@pytest.mark.parametrize("over_http", [True, False])
async def test_both_signatures_hold_over_the_bytes_that_came(hub: SmallHub, echo: Echo, over_http: bool) -> None:
    echo.status = 204
    async with listening(echo) as url:
        message_id = await told(hub, **({"placement": Http(url)} if over_http else {}))
        assert await deliver(hub, message_id) is None
    keys, secret = await keys_and_secret(hub)
    (call,) = echo.calls
    assert call["path"] == "/hs/webhook"
    assert received(call, keys=keys.values()).data == DATA
    assert received(call, secrets=[secret]).id == f"msg_{message_id.replace('-', '')}"
    assert await state(hub) == (MessageState.DELIVERED, 1, False)
    assert await deliver(hub, message_id) is None
    assert len(echo.calls) == 1


async def test_a_deaf_backend_is_tried_ten_times_with_the_same_id(hub: SmallHub, echo: Echo) -> None:
    echo.status = 500
    message_id = await told(hub)
    with clock.use(clock.FixedClock(clock.now())) as at:
        for planned in webhooks.RETRIES[1:]:
            delay = await deliver(hub, message_id)
            assert delay is not None
            assert planned <= delay <= planned * 1.1
            assert await deliver(hub, message_id) == delay  # not before it is due
            at.advance(delay)
        assert await deliver(hub, message_id) is None
    assert (await state(hub))[:2] == (MessageState.FAILED, 10)
    assert len({call["headers"]["webhook-id"] for call in echo.calls}) == 1
    assert len({call["headers"]["webhook-timestamp"] for call in echo.calls}) == 10
    async with hub.database.session() as session:
        assert [row.status for row in await session.scalars(select(Attempt))] == [500] * 10


async def test_a_redirect_is_a_failure_and_a_crash_too(hub: SmallHub, echo: Echo) -> None:
    echo.status, echo.headers = 302, [(b"location", b"http://169.254.169.254/")]
    message_id = await told(hub)
    with clock.use(clock.FixedClock(clock.now())) as at:
        assert await deliver(hub, message_id) is not None
        echo.crash = True
        at.advance(timedelta(seconds=6))
        assert await deliver(hub, message_id) is not None
    async with hub.database.session() as session:
        rows = list(await session.scalars(select(Attempt).order_by(Attempt.number)))
    assert [(row.status, row.failure) for row in rows] == [(302, None), (None, "crashed")]


async def test_a_backend_may_ask_for_time(hub: SmallHub, echo: Echo) -> None:
    echo.status, echo.headers = 429, [(b"retry-after", b"900")]
    delay = await deliver(hub, await told(hub))
    assert delay is not None
    assert delay >= timedelta(seconds=899)


async def test_gone_disables_the_endpoint_until_the_next_installation(hub: SmallHub, echo: Echo) -> None:
    echo.status = 410
    assert await deliver(hub, await told(hub)) is None
    assert await state(hub) == (MessageState.FAILED, 1, True)
    async with hub.database.transaction() as session:
        assert not await tell(session, APP, "payment.succeeded", DATA, dedupe="i2")
        await installed(session, manifest(webhooks=HOOKS))
        assert await tell(session, APP, "payment.succeeded", DATA, dedupe="i2")


async def test_five_days_of_silence_disable_it_too(hub: SmallHub, echo: Echo) -> None:
    echo.status = 500
    message_id = await told(hub)
    with clock.use(clock.FixedClock(clock.now())) as at:
        assert await deliver(hub, message_id) is not None
        at.advance(timedelta(days=5, seconds=1))
        assert await deliver(hub, message_id) is None
    assert await state(hub) == (MessageState.FAILED, 2, True)


async def test_a_suspended_app_hears_nothing_more(hub: SmallHub, echo: Echo) -> None:
    message_id = await told(hub)
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=Text(vi="Lỗi", en="Broken"), actor="staff:test")
    assert await deliver(hub, message_id) is None
    assert echo.calls == []
    assert (await state(hub))[0] is MessageState.WITHDRAWN


async def test_an_unreachable_server_is_tried_again(hub: SmallHub) -> None:
    message_id = await told(hub, placement=Http("http://127.0.0.1:1"))
    assert await deliver(hub, message_id) is not None
    assert await state(hub) == (MessageState.PENDING, 1, False)
