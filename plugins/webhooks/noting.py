"""Writes down what became of a batch of messages, and decides what happens next: done, again later, or never again."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import webhooks
from hanoismart.clock import now
from hanoismart.ids import new_id
from kernel.audit import record
from plugins.webhooks import telling
from plugins.webhooks.claiming import Ready
from plugins.webhooks.models import Attempt, Endpoint, Message, MessageState
from plugins.webhooks.sending import Outcome

PATIENCE: Final = timedelta(days=5)
Done = tuple[Ready, Outcome]


async def note(session: AsyncSession, batch: Sequence[Done]) -> None:
    """Every attempt becomes a row; whoever heard is done in one statement, the others one by one."""
    moment = now()
    attempts = [
        {
            "id": new_id(),
            "message_id": ready.message_id,
            "number": ready.attempts + 1,
            "at": moment,
            "status": outcome.status,
            "failure": outcome.failure,
            "milliseconds": outcome.milliseconds,
        }
        for ready, outcome in batch
    ]
    await session.execute(insert(Attempt), attempts)
    heard = [ready for ready, outcome in batch if outcome.delivered]
    if heard:
        done = update(Message).where(Message.id.in_([ready.message_id for ready in heard]), Message.state == MessageState.PENDING)
        values = {"state": MessageState.DELIVERED, "finished_at": moment, "attempts": Message.attempts + 1, "leased_until": None}
        await session.execute(done.values(**values).execution_options(synchronize_session=False))
        well = update(Endpoint).where(Endpoint.app_id.in_({ready.app_id for ready in heard}), Endpoint.failing_since.is_not(None))
        await session.execute(well.values(failing_since=None).execution_options(synchronize_session=False))
    for ready, outcome in batch:
        if not outcome.delivered:
            await _failed(session, ready, outcome)


async def _failed(session: AsyncSession, ready: Ready, outcome: Outcome) -> None:
    endpoint = await session.get_one(Endpoint, ready.app_id, with_for_update=True, populate_existing=True)
    endpoint.failing_since = endpoint.failing_since or now()
    if endpoint.disabled_at is None and (outcome.gone or now() - endpoint.failing_since > PATIENCE):
        endpoint.disabled_at = now()
        facts = {"status": outcome.status or 0}
        await record(session, actor="system:plugins", action="webhook.disabled", subject=f"miniapp:{ready.app_id}", facts=facts)
        await telling.disabled(session, endpoint)
    message = (await session.execute(select(Message).where(Message.id == ready.message_id).with_for_update())).scalar_one()
    message.attempts, message.leased_until = message.attempts + 1, None
    if message.state is not MessageState.PENDING:
        return  # withdrawn while it was under way
    tried = message.attempts - message.begun_at
    if endpoint.disabled_at is not None or tried >= len(webhooks.RETRIES):
        message.state, message.finished_at = MessageState.FAILED, now()
        return
    planned = webhooks.RETRIES[tried] * random.uniform(1, 1.1)  # noqa: S311 (jitter, not a secret)
    message.due_at = now() + max(planned, timedelta(seconds=outcome.retry_after or 0))
