"""The registry of purges and their enforcement: each room says what is over, the schedule's rows say after how long."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.retention.models import RetentionAction, RetentionRule
from kernel import purging
from kernel.audit import record

log = structlog.get_logger()
Over = Callable[[datetime], ColumnElement[bool]]


class PurgesFailed(Exception):
    """Names the purges that failed; the others were run all the same."""


class RuleNotFound(Problem):
    code = "retention.rule_not_found"
    status = 404
    title = Text(vi="Không có thời hạn lưu trữ này", en="There is no such retention rule, or it is kept for good")


@dataclass(frozen=True, slots=True)
class Purge:
    """`over` is what a row must be, given the moment before which it has served; `emptied` what is rewritten where the row stays."""

    table: Any
    over: Over
    emptied: Mapping[str, Any] | None = None


_purges: dict[str, Purge] = {}


def register(name: str, table: Any, over: Over, *, emptied: Mapping[str, Any] | None = None) -> None:
    """A room's purge, under the name its row in the schedule has. Raises ValueError where another has the name."""
    if name in _purges:
        raise ValueError(f"the purge {name} is registered already")
    _purges[name] = Purge(table, over, emptied)


def registered() -> Mapping[str, Purge]:
    return dict(sorted(_purges.items()))


async def schedule(session: AsyncSession) -> Sequence[RetentionRule]:
    """The whole schedule, by name."""
    return (await session.scalars(select(RetentionRule).order_by(RetentionRule.name))).all()


async def enforce(database: Database, *, budget: timedelta = purging.BUDGET) -> dict[str, int]:
    """Runs every purge of the schedule, each in batches of its own; how many rows each removed or emptied.

    One that fails holds up no other. Raises PurgesFailed when all have had their turn.
    """
    async with database.session() as session:
        rules = {row.name: row for row in await schedule(session)}
    done: dict[str, int] = {}
    failed: list[str] = []
    for name, purge in registered().items():
        rule = rules.get(name)
        if rule is None or rule.action is RetentionAction.KEEP or rule.hours is None:
            continue
        try:
            done[name] = await _run(database, purge, now() - timedelta(hours=rule.hours), budget)
        except DBAPIError as error:
            log.warning("retention.failed", purge=name, error=type(error).__name__)
            failed.append(name)
    if failed:
        raise PurgesFailed(", ".join(failed))
    return {name: count for name, count in done.items() if count}


async def _run(database: Database, purge: Purge, before: datetime, budget: timedelta) -> int:
    if purge.emptied is None:
        return await purging.remove(database, purge.table, purge.over(before), budget=budget)
    return await purging.change(database, purge.table, purge.over(before), dict(purge.emptied), budget=budget)


async def change(session: AsyncSession, name: str, *, hours: int, source: str, by: UUID) -> RetentionRule:
    """Another time for what is not kept for good; the change is audited. Raises RuleNotFound."""
    row = await session.scalar(select(RetentionRule).where(RetentionRule.name == name).with_for_update())
    if row is None or row.action is RetentionAction.KEEP:
        raise RuleNotFound
    facts = {"before": row.hours, "hours": hours}
    row.hours, row.source = hours, source
    await session.flush()
    await record(session, actor=f"person:{by}", action="retention.changed", subject=f"retention:{name}", facts=facts)
    return row
