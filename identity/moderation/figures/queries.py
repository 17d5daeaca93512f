"""Counts over cases, decisions, appeals and demands; what is published hides every group under five."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Date, Select, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.moderation.authorities.models import AuthorityRequest
from identity.moderation.models import Appeal, Case, CaseState, Decision, Report, Restriction, Statement
from identity.places.queries import CITY

SMALLEST: Final = 5
ONE_SUM: Final = frozenset({"decisions_by_restriction", "decisions_by_rule", "statements_by_content"})
"""Tables that count the same decisions in different ways."""
_ZONE = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class Live:
    """How it stands now; the last four over the last 24 hours. `mean_handling_seconds`: from the first report to the decision."""

    pending: int
    escalated: int
    overdue: int
    proposed: int
    appeals_waiting: int
    inbound: int
    decided: int
    actioned: int
    mean_handling_seconds: int | None

    @property
    def action_rate(self) -> float | None:
        return round(self.actioned / self.decided, 3) if self.decided else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day in the city."""

    day: date
    inbound: int
    decided: int
    actioned: int


async def live(session: AsyncSession) -> Live:
    moment = now()
    since = moment - timedelta(days=1)
    still = Case.state != CaseState.CLOSED
    counted = select(
        func.count().filter(still),
        func.count().filter(Case.state == CaseState.ESCALATED),
        func.count().filter(still, Case.sla_due_at < moment),
        func.count().filter(Case.state == CaseState.PROPOSED),
        func.count().filter(Case.opened_at >= since),
    )
    pending, escalated, overdue, proposed, inbound = (await session.execute(counted)).one()
    waiting = await session.scalar(select(func.count()).select_from(Appeal).where(Appeal.state.in_(("filed", "assigned"))))
    took = func.avg(func.extract("epoch", Decision.decided_at - Case.opened_at))
    done = select(func.count(), func.count().filter(Decision.restriction != Restriction.NONE), took)
    row = (await session.execute(done.join(Case, Case.id == Decision.case_id).where(Decision.decided_at >= since))).one()
    mean = None if row[2] is None else int(row[2])
    return Live(pending, escalated, overdue, proposed, int(waiting or 0), inbound, row[0], row[1], mean)


async def days(session: AsyncSession, *, count: int) -> list[Day]:
    """The last days, the newest first; a day on which nothing happened is there with zeros."""
    newest = now().astimezone(CITY).date()
    since = datetime.combine(newest - timedelta(days=count - 1), time(), CITY)
    inbound = await _by_day(session, select(_day(Case.opened_at), func.count()).where(Case.opened_at >= since))
    decided = await _by_day(session, select(_day(Decision.decided_at), func.count()).where(Decision.decided_at >= since))
    acted = select(_day(Decision.decided_at), func.count()).where(Decision.decided_at >= since, Decision.restriction != Restriction.NONE)
    actioned = await _by_day(session, acted)
    listed = [newest - timedelta(days=back) for back in range(count)]
    return [Day(day, inbound.get(day, 0), decided.get(day, 0), actioned.get(day, 0)) for day in listed]


async def published(session: AsyncSession, *, since: datetime, until: datetime) -> dict[str, dict[str, int | None]]:
    """What the public may know of a stretch of time: groups by name, None where a group is smaller than five."""

    def between(column: Any) -> Any:
        return (column >= since) & (column < until)

    groups: Mapping[str, Any] = {
        "reports_by_reason": select(Report.reason, func.count()).where(between(Report.created_at)),
        "decisions_by_restriction": select(Decision.restriction, func.count()).where(between(Decision.decided_at)),
        "decisions_by_rule": select(Decision.rule_set + "/" + Decision.rule_key, func.count()).where(between(Decision.decided_at)),
        "statements_by_content": select(Statement.content_kind, func.count()).where(between(Statement.created_at)),
        "appeals_by_result": select(Appeal.state, func.count()).where(between(Appeal.filed_at)),
        "demands_by_outcome": select(func.coalesce(cast(AuthorityRequest.outcome, Report.reason.type), "waiting"), func.count()).where(
            between(AuthorityRequest.received_at)
        ),
    }
    told: dict[str, dict[str, int | None]] = {}
    for name, wanted in groups.items():
        rows = await session.execute(wanted.group_by(wanted.selected_columns[0]).order_by(wanted.selected_columns[0]))
        counted = {str(getattr(key, "value", key)): int(count) for key, count in rows}
        told[name] = hidden(counted, another_says_the_sum=name in ONE_SUM)
    return told


def hidden(counted: Mapping[str, int], *, another_says_the_sum: bool) -> dict[str, int | None]:
    """The groups with None for what is too small to publish.

    Where another table cuts the same whole, a single hidden group is its sum less the others: the next smallest is hidden with it.
    """
    small = {key for key, count in counted.items() if count < SMALLEST}
    large = sorted((count, key) for key, count in counted.items() if count >= SMALLEST)
    if another_says_the_sum and len(small) == 1 and large:
        small.add(large[0][1])
    return {key: None if key in small else count for key, count in counted.items()}


def _day(column: Any) -> Any:
    return cast(func.timezone(_ZONE, column), Date)


async def _by_day(session: AsyncSession, wanted: Select[Any]) -> dict[date, int]:
    rows = await session.execute(wanted.group_by(wanted.selected_columns[0]))
    return {row[0]: int(row[1]) for row in rows}
