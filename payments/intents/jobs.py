"""Asks the provider once more when an intent runs out, and lets it expire only when nothing was paid."""

from uuid import UUID

import orjson

from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from payments.intents import service
from payments.intents.models import IntentRow, IntentState
from payments.intents.settling import take
from payments.providers.registry import provider


@jobs.steps(service.EXPIRE)
async def expire(run: Run) -> None:
    """A provider that cannot be asked now is asked again by the job's retries. Raises ProviderUnavailable."""
    intent_id = UUID(run.payload["intent_id"])
    async with run.database.session() as session:
        found = await session.get(IntentRow, intent_id)
    if found is None or found.state is not IntentState.CREATED:
        return
    payments = await provider(found.provider).query(found.code)
    async with run.database.transaction() as session:
        for payment in payments:
            raw = orjson.dumps({"transaction_id": payment.provider_reference, "amount": payment.amount, "code": payment.code})
            await take(session, found.provider, payment, raw)
        await service.expire(session, intent_id)
