"""The hub's one queue, and the jobs that keep the kernel's own tables small."""

from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Jobs, Run
from kernel.models import EventReceipt, EventRow, SpentBudget, answers

jobs = Jobs("kernel")
EVENTS_KEPT = timedelta(days=30)
QUEUE_LOG_KEPT = timedelta(days=1)


@jobs.job("kernel.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    """Remove what has served: expired answers, past budgets, old events, the queue's own log of finished jobs."""
    moment = now()
    await session.execute(delete(answers).where(answers.c.expires_at < moment))
    await session.execute(delete(SpentBudget).where(SpentBudget.expires_at < moment))
    await session.execute(delete(EventReceipt).where(EventReceipt.received_at < moment - 2 * EVENTS_KEPT))
    await session.execute(delete(EventRow).where(EventRow.occurred_at < moment - EVENTS_KEPT))
    await session.execute(text("DELETE FROM kernel.pgqueuer_log WHERE created < :before"), {"before": moment - QUEUE_LOG_KEPT})


jobs.every("*/5 * * * *", "kernel.purge")
