"""Looks at every canary each minute, and takes back the one that fails."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from plugins.gateway.models import PassageRow
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
    """What the backend is to blame for: no answer, a late one, or 500 and above; 503 is the breaker sparing it."""
    failed = func.count().filter(PassageRow.status >= 500)
    found = select(func.count(), failed).where(PassageRow.app_id == version.app_id, PassageRow.at >= since)
    calls, errors = (await session.execute(found.where(PassageRow.version_code == version.code, PassageRow.status != 503))).one()
    return guard.Measured(calls, errors)


jobs.every("* * * * *", "plugins.watch_canaries")
