"""What a developer may change about an endpoint, try out, and send again."""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.ids import new_id
from hanoismart.manifest import grammar
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import organisations
from kernel.audit import record
from kernel.jobs import jobs
from plugins.developers import naming
from plugins.registry import serving
from plugins.registry.models import MiniApp
from plugins.webhooks.models import Attempt, Endpoint, Message, MessageState
from plugins.webhooks.service import ALWAYS, DELIVER, TEST, rotate, write

MOST: Final = 1_000
"""Messages one replay of a range sends again at most; the rest is for the next."""
MOST_TESTS: Final = 60
"""Tests of one app in an hour: our servers must not be made to knock at somebody's door."""


class NoWebhooks(Problem):
    code = "webhooks.none"
    status = 404
    title = Text(vi="Ứng dụng không khai báo webhook", en="The app has no webhooks in its manifest")


class UrlRefused(Problem):
    code = "webhooks.url_refused"
    status = 422
    title = Text(vi="Địa chỉ webhook phải là https với tên miền", en="The webhook address must be https on a DNS name")


class EventsRefused(Problem):
    code = "webhooks.events_refused"
    status = 422
    title = Text(vi="Sự kiện không có trong manifest, hoặc bắt buộc phải nhận", en="An event is not in the manifest, or must be heard")


class WebhookDisabled(Problem):
    code = "webhooks.disabled"
    status = 409
    title = Text(vi="Webhook đang bị tắt, hãy bật lại trước", en="The webhook is disabled, enable it first")


class DeliveryNotFound(Problem):
    code = "webhooks.delivery_not_found"
    status = 404
    title = Text(vi="Không có thông báo này", en="There is no such message")


class TooManyTests(Problem):
    code = "webhooks.too_many_tests"
    status = 429
    title = Text(vi="Tối đa 60 thông báo thử mỗi giờ", en="At most 60 test messages an hour")


class RangeRefused(Problem):
    code = "webhooks.range_refused"
    status = 422
    title = Text(vi="Khoảng thời gian không hợp lệ", en="The range of time is not valid")


async def endpoint_of(session: AsyncSession, app_id: str, *, locked: bool = False) -> Endpoint:
    """Raises NoWebhooks."""
    endpoint = await session.get(Endpoint, app_id, with_for_update=locked or None)
    if endpoint is None:
        raise NoWebhooks
    return endpoint


async def choose(session: AsyncSession, app_id: str, url: str | None, events: list[str] | None, *, actor: str) -> Endpoint:
    """Take another address or fewer events than the manifest says. Raises NoWebhooks, UrlRefused, EventsRefused."""
    endpoint = await endpoint_of(session, app_id, locked=True)
    if url is not None:
        try:
            grammar.https_url(url)
        except ValueError as wrong:
            raise UrlRefused from wrong
        app = await session.get_one(MiniApp, app_id)
        if not await naming.holds(session, await organisations.organisation(session, app.organisation_id), urlsplit(url).hostname or ""):
            raise UrlRefused(Text(vi="Chứng minh tên miền trước", en="Prove the domain first"))
        if endpoint.url is None:
            raise UrlRefused(Text(vi="Backend này chạy trong hệ thống", en="This backend runs with us"))
    if events is not None:
        left = set(endpoint.events) - set(events)
        if not set(events) <= set(endpoint.events) or (left & ALWAYS and await _holds_something(session, app_id)):
            raise EventsRefused(events=sorted(endpoint.events))
    endpoint.own_url, endpoint.own_events, endpoint.updated_at = url, events, now()
    await record(session, actor=actor, action="webhook.changed", subject=f"miniapp:{app_id}")
    return endpoint


async def _holds_something(session: AsyncSession, app_id: str) -> bool:
    found = await serving.choices(session, app_id)
    app = found.any if found is not None else None
    return app is None or bool(app.manifest.scope_names)


async def new_secret(session: AsyncSession, app_id: str, *, actor: str) -> tuple[str, datetime]:
    """Rotate; the new secret and until when the old one signs too. Raises NoWebhooks."""
    endpoint = await endpoint_of(session, app_id, locked=True)
    secret = rotate(endpoint)
    await record(session, actor=actor, action="webhook.rotated", subject=f"miniapp:{app_id}")
    return secret, endpoint.old_until or now()


async def enable(session: AsyncSession, app_id: str, *, actor: str) -> Endpoint:
    """Give a disabled endpoint another chance. Raises NoWebhooks."""
    endpoint = await endpoint_of(session, app_id, locked=True)
    endpoint.disabled_at = endpoint.failing_since = None
    await record(session, actor=actor, action="webhook.enabled", subject=f"miniapp:{app_id}")
    return endpoint


async def try_out(session: AsyncSession, app: MiniApp, kind: str) -> Message:
    """Send a message that says of itself that it is a test. Raises NoWebhooks, WebhookDisabled, TooManyTests."""
    await _listening(session, app)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhook tests {app.app_id}", 0))))
    mine = (Message.app_id == app.app_id) & (Message.created_at > now() - timedelta(hours=1)) & Message.dedupe.startswith("test:")
    if (await session.scalar(select(func.count()).select_from(Message).where(mine)) or 0) >= MOST_TESTS:
        raise TooManyTests(headers={"Retry-After": "600"})
    data: dict[str, object] = {"test": True} if kind != TEST else {"test": True, "app_id": app.app_id}
    message_id = await write(session, app.app_id, kind, data, dedupe=f"test:{new_id()}")
    return await session.get_one(Message, message_id)


async def _listening(session: AsyncSession, app: MiniApp) -> Endpoint:
    endpoint = await endpoint_of(session, app.app_id)
    if endpoint.disabled_at is not None or app.status is not AppStatus.PUBLISHED:
        raise WebhookDisabled
    return endpoint


def deliveries(app_id: str, state: MessageState | None) -> Select[Any]:
    found = select(Message).where(Message.app_id == app_id)
    return found if state is None else found.where(Message.state == state)


async def delivery(session: AsyncSession, app_id: str, message_id: UUID) -> tuple[Message, list[Attempt]]:
    """A message and every attempt. Raises DeliveryNotFound."""
    message = await session.get(Message, message_id)
    if message is None or message.app_id != app_id:
        raise DeliveryNotFound
    attempts = select(Attempt).where(Attempt.message_id == message_id).order_by(Attempt.number)
    return message, list(await session.scalars(attempts))


async def replay(session: AsyncSession, app: MiniApp, message_id: UUID) -> Message:
    """Send a finished message again, under its own id. Raises NoWebhooks, WebhookDisabled, DeliveryNotFound."""
    await _listening(session, app)
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None or message.app_id != app.app_id:
        raise DeliveryNotFound
    if message.state is not MessageState.PENDING:
        await _again(session, [message])
    return message


async def replay_range(session: AsyncSession, app: MiniApp, since: datetime, until: datetime) -> int:
    """Send again what was written in a stretch of time and is finished, oldest first, at most MOST; how many.

    Tests are left out. Raises NoWebhooks, WebhookDisabled, RangeRefused.
    """
    if until <= since:
        raise RangeRefused
    await _listening(session, app)
    found = (
        select(Message)
        .where(Message.app_id == app.app_id, Message.created_at >= since, Message.created_at < until)
        .where(Message.state != MessageState.PENDING, ~Message.dedupe.startswith("test:"))
        .order_by(Message.created_at, Message.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )
    messages = list(await session.scalars(found))
    await _again(session, messages)
    return len(messages)


async def _again(session: AsyncSession, messages: list[Message]) -> None:
    for message in messages:
        message.state, message.finished_at, message.leased_until = MessageState.PENDING, None, None
        message.begun_at, message.due_at = message.attempts, now()
    await session.flush()
    await jobs.enqueue_many(session, DELIVER, [({"message_id": str(one.id)}, f"{one.id} {one.begun_at}") for one in messages])
