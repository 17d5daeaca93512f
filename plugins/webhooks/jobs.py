"""Delivers messages: ten attempts over two days, an endpoint that fails for five days is left alone."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import webhooks
from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.server.jobs import RetryLater, Run
from kernel.audit import record
from kernel.jobs import jobs
from plugins.keys import signing_key
from plugins.ports import InProcessBackends, NoBackends
from plugins.registry.models import MiniApp
from plugins.webhooks.models import Attempt, Endpoint, Message, MessageState
from plugins.webhooks.sending import Outcome, send
from plugins.webhooks.service import DELIVER, secret_of

PATIENCE: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class _Ready:
    app_id: str
    url: str | None
    headers: dict[str, str]
    body: bytes


@jobs.steps(DELIVER, max_attempts=30)
async def deliver(run: Run) -> None:
    """One attempt. Raises RetryLater until it was heard, or the attempts are used up."""
    message_id = UUID(run.payload["message_id"])
    backends: InProcessBackends = run.resources.get("miniapp_backends", NoBackends())
    async with run.database.transaction() as session:
        ready = await _ready(session, message_id)
    if ready is None:
        return
    outcome = await send(ready.app_id, ready.url, ready.headers, ready.body, backends)
    async with run.database.transaction() as session:
        delay = await _noted(session, message_id, outcome)
    if delay is not None:
        raise RetryLater(delay, outcome.failure or f"status {outcome.status}")


async def _ready(session: AsyncSession, message_id: UUID) -> _Ready | None:
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None or message.state is not MessageState.PENDING:
        return None
    app, endpoint = await session.get(MiniApp, message.app_id), await session.get(Endpoint, message.app_id)
    if app is None or endpoint is None or app.status is not AppStatus.PUBLISHED or endpoint.disabled_at is not None:
        message.state, message.finished_at = MessageState.WITHDRAWN, now()
        return None
    key = await signing_key(session)
    headers = webhooks.sign(f"msg_{message.id.hex}", now(), message.body, secrets=[secret_of(endpoint)], keys=[key])
    return _Ready(message.app_id, endpoint.url, headers, message.body)


async def _noted(session: AsyncSession, message_id: UUID, outcome: Outcome) -> timedelta | None:
    """Write the attempt down; how long to wait for the next one, or None when there is none."""
    message = (await session.execute(select(Message).where(Message.id == message_id).with_for_update())).scalar_one()
    endpoint = await session.get_one(Endpoint, message.app_id, with_for_update=True)
    message.attempts += 1
    session.add(
        Attempt(
            message_id=message.id,
            number=message.attempts,
            at=now(),
            status=outcome.status,
            failure=outcome.failure,
            milliseconds=outcome.milliseconds,
        )
    )
    if outcome.delivered:
        message.state, message.finished_at, endpoint.failing_since = MessageState.DELIVERED, now(), None
        return None
    endpoint.failing_since = endpoint.failing_since or now()
    if outcome.gone or now() - endpoint.failing_since > PATIENCE:
        endpoint.disabled_at = now()
        facts = {"status": outcome.status or 0}
        await record(session, actor="system:plugins", action="webhook.disabled", subject=f"miniapp:{message.app_id}", facts=facts)
    if endpoint.disabled_at is not None or message.attempts >= len(webhooks.RETRIES):
        message.state, message.finished_at = MessageState.FAILED, now()
        return None
    planned = webhooks.RETRIES[message.attempts] * random.uniform(1, 1.1)  # noqa: S311 (jitter, not a secret)
    return max(planned, timedelta(seconds=outcome.retry_after or 0))
