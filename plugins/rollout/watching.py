"""Looks at every canary each minute, and takes back the one that fails."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from plugins.analytics.queries import error_counts
from plugins.registry.models import Version, VersionState
from plugins.rollout import guard, pointers, service

WINDOW: Final = timedelta(hours=1)


@jobs.job("plugins.watch_canaries", lane="transactional")
async def watch_canaries(session: AsyncSession, _run: Run) -> None:
    """Roll a canary back whose error rate is clearly above the live version's."""
    canaries = list(await session.scalars(select(Version).where(Version.state == VersionState.CANARY).order_by(Version.app_id)))
    for canary in canaries:
        live = await pointers.at(session, canary.app_id, VersionState.LIVE)
        since = max(canary.state_since, now() - WINDOW)
        measured = await _measured(session, canary, since)
        beside = await _measured(session, live, since) if live is not None else guard.Measured(0, 0)
        if guard.too_bad(measured, beside):
            await service.roll_back(session, canary.app_id, actor="system:guard", automatic=True)


async def _measured(session: AsyncSession, version: Version, since: datetime) -> guard.Measured:
    calls, errors = await error_counts(session, version.app_id, version.code, since)
    return guard.Measured(calls, errors)


jobs.every("* * * * *", "plugins.watch_canaries")
