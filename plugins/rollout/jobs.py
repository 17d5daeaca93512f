"""Forgets changes that every process has heard of."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from kernel import purging
from kernel.jobs import jobs
from plugins.registry.models import RegistryChange

KEPT: Final = timedelta(hours=1)


@jobs.job("plugins.forget_changes", lane="bulk")
async def forget_changes(session: AsyncSession, _run: Run) -> None:
    """Remove changes older than an hour, but never the newest: catalogues are marked by its number."""
    newest = select(RegistryChange.id).order_by(RegistryChange.id.desc()).limit(1).scalar_subquery()
    await purging.bit(session, RegistryChange, (RegistryChange.at < now() - KEPT) & (RegistryChange.id != newest))


jobs.every("41 * * * *", "plugins.forget_changes")
