"""How many versions of an app are taken in a day, and how many packages are read for it: reviewers' time and processors are everybody's."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from kernel.limits import TooMany, spend
from plugins.packages.problems import SubmissionsSpent
from plugins.registry.models import Version
from plugins.settings import settings

DAY: Final = timedelta(days=1)
READINGS: Final = 5
"""Packages that are read for each version that may be taken: some are refused."""


async def try_once(session: AsyncSession, app_id: str) -> None:
    """Before a package is read, also the same one again. Raises SubmissionsSpent."""
    most = READINGS * settings().submissions_per_day
    try:
        await spend(session, f"packages read for {app_id}", limit=most, window=DAY)
    except TooMany as refused:
        raise SubmissionsSpent(headers=refused.headers, most=most) from refused


async def room(session: AsyncSession, app_id: str) -> None:
    """Whether the app may have another version; what was taken back or superseded counts, too. Raises SubmissionsSpent.

    Two at once count each other where the caller holds the app's row.
    """
    most = settings().submissions_per_day
    lately = Version.submitted_by.is_not(None) & (Version.created_at > now() - DAY)
    found = select(func.count(), func.min(Version.created_at)).where(Version.app_id == app_id, lately)
    taken, oldest = (await session.execute(found)).one()
    if taken >= most:
        wait = max(1, int((oldest + DAY - now()).total_seconds()) + 1)
        raise SubmissionsSpent(headers={"Retry-After": str(wait)}, most=most)
