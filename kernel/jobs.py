"""The hub's one queue, and the jobs that keep the kernel's own tables small."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Jobs, Run
from kernel import purging
from kernel.models import EventReceipt, EventRow, SpentBudget, answers

jobs = Jobs("kernel")
_LOG = text(
    "DELETE FROM kernel.pgqueuer_log WHERE ctid = ANY(ARRAY(SELECT ctid FROM kernel.pgqueuer_log WHERE created < :before LIMIT 50000))"
)
EVENTS_KEPT = timedelta(days=30)
QUEUE_LOG_KEPT = timedelta(days=1)


@jobs.job("kernel.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    """Remove a bounded bit of what has served: expired answers, past budgets, old events, the queue's own log of finished jobs."""
    moment = now()
    await purging.bit(session, answers, answers.c.expires_at < moment)
    await purging.bit(session, SpentBudget, SpentBudget.expires_at < moment)
    await purging.bit(session, EventReceipt, EventReceipt.received_at < moment - 2 * EVENTS_KEPT)
    await purging.bit(session, EventRow, EventRow.occurred_at < moment - EVENTS_KEPT)
    await session.execute(_LOG, {"before": moment - QUEUE_LOG_KEPT})


jobs.every("* * * * *", "kernel.purge")
