"""Rings before the 72 hours are over, and again when they are."""

from datetime import timedelta
from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.breaches.models import Breach, BreachState
from identity.events import BreachDue
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs

BEFORE: Final = timedelta(hours=24)
OVERDUE = Counter("hanoismart_breach_overdue", "Breaches nobody was told of within 72 hours")
log = structlog.get_logger()


@jobs.job("breaches.alarm", lane="emergency")
async def alarm(session: AsyncSession, _run: Run) -> None:
    """Once a day before, and once when the time is over."""
    moment = now()
    running = Breach.state.in_((BreachState.OPEN, BreachState.ASSESSED))
    rows = select(Breach).where(running, Breach.due_at < moment + BEFORE, Breach.alarmed_at.is_(None)).with_for_update(skip_locked=True)
    for row in await session.scalars(rows):
        overdue = row.due_at <= moment
        if not overdue and row.warned_at is not None:
            continue
        if overdue:
            row.alarmed_at = moment
            OVERDUE.inc()
        else:
            row.warned_at = moment
        log.warning("breach.due", breach=str(row.id), overdue=overdue)
        await record(session, actor="system:breaches", action="breach.alarm", subject=f"breach:{row.id}", facts={"overdue": overdue})
        await emit(session, BreachDue(row.id, overdue))


jobs.every("* * * * *", "breaches.alarm")
