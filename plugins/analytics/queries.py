"""Reads what was counted: for developers by day, for the rollout by version."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from plugins.analytics.models import ConsentStep, HourlyUsage
from plugins.analytics.policies import BOUNDS, added
from plugins.analytics.service import ANSWERED, FAILED
from plugins.gateway.models import PassageRow
from plugins.launch.models import Launch

LOGS_KEPT = timedelta(days=7)


@dataclass(slots=True)
class Usage:
    """What was counted over some time. `people` are those who opened the app, each once in that time."""

    calls: int = 0
    failed: int = 0
    refused: int = 0
    received: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    opens: int = 0
    people: int = 0
    asked: int = 0
    agreed: int = 0

    def add(self, row: Any) -> None:
        self.calls += row.calls
        self.failed += row.failed
        self.refused += row.refused
        self.received += row.received
        self.buckets = added(self.buckets, row.buckets)


async def usage(session: AsyncSession, app_id: str, first: date, last: date) -> tuple[Usage, dict[date, Usage]]:
    """Everything from the first to the last day (UTC), and each day for itself."""
    since, until = _start(first), _start(last + timedelta(days=1))
    days: dict[date, Usage] = defaultdict(Usage)
    whole = Usage()
    hours = select(HourlyUsage).where(HourlyUsage.app_id == app_id, HourlyUsage.hour >= since, HourlyUsage.hour < until)
    for row in await session.scalars(hours):
        days[row.hour.date()].add(row)
        whole.add(row)
    day = func.date_trunc("day", Launch.launched_at, literal_column("'UTC'"))
    opened = (Launch.app_id == app_id) & (Launch.launched_at >= since) & (Launch.launched_at < until)
    counts = (func.count(), func.count(Launch.person_id.distinct()))
    for at, opens, people in (await session.execute(select(day, *counts).where(opened).group_by(day))).all():
        days[at.astimezone(UTC).date()].opens, days[at.astimezone(UTC).date()].people = opens, people
    opens, people = (await session.execute(select(*counts).where(opened))).one()
    whole.opens, whole.people = opens, people
    steps = select(func.count().filter(~ConsentStep.agreed), func.count().filter(ConsentStep.agreed))
    within = (ConsentStep.app_id == app_id) & (ConsentStep.at >= since) & (ConsentStep.at < until)
    asked, agreed = (await session.execute(steps.where(within))).one()
    whole.asked, whole.agreed = asked, agreed
    return whole, dict(sorted(days.items()))


async def error_counts(session: AsyncSession, app_id: str, version_code: int, since: datetime) -> tuple[int, int]:
    """Calls of a version that reached its backend since a moment, and how many of them it failed: 5xx, unreachable, too slow."""
    counted = select(func.count().filter(ANSWERED), func.count().filter(FAILED)).where(
        PassageRow.app_id == app_id, PassageRow.version_code == version_code, PassageRow.at >= since
    )
    calls, errors = (await session.execute(counted)).one()
    return calls, errors


def logs(app_id: str, since: datetime | None, *, errors: bool) -> Select[Any]:
    """The passages of the last week; nothing in them is about a person."""
    oldest = now() - LOGS_KEPT
    found = select(PassageRow).where(PassageRow.app_id == app_id, PassageRow.at >= max(oldest, since or oldest))
    return found.where(PassageRow.code.is_not(None) | (PassageRow.status >= 400)) if errors else found


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
