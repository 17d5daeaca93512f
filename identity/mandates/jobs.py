"""Writes down the end of mandates whose time is over; they stopped counting at that moment without it."""

from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.mandates.ending import end_delegation, end_guardianship, end_lending, end_mandate
from identity.mandates.models import Delegation, Guardianship, OrganisationDelegation, OrganisationMandate
from kernel.jobs import jobs

BATCH = 500
_ENDS: tuple[tuple[Any, Callable[..., Coroutine[Any, Any, None]]], ...] = (
    (OrganisationDelegation, end_lending),
    (OrganisationMandate, end_mandate),
    (Guardianship, end_guardianship),
    (Delegation, end_delegation),
)


@jobs.job("mandates.run_out", lane="bulk")
async def run_out(session: AsyncSession, _run: Run) -> None:
    """End what is over, some hundreds at a time."""
    moment = now()
    for model, end in _ENDS:
        over = select(model).where(model.ended_at.is_(None), model.valid_until <= moment).limit(BATCH)
        for row in await session.scalars(over.with_for_update(skip_locked=True)):
            await end(session, row, by=None)


jobs.every("* * * * *", "mandates.run_out")
