"""Rolls passages up into hours, and counts the steps of consent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, Integer, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from plugins.analytics.models import ConsentStep, HourlyUsage
from plugins.analytics.policies import BOUNDS, FAILURES
from plugins.gateway.models import PassageRow
from plugins.registry.models import MiniApp

_BOUNDS: Final = literal(list(BOUNDS), ARRAY(Integer))
FAILED: Final = or_(PassageRow.code.in_(FAILURES), PassageRow.code.is_(None) & (PassageRow.status >= 500))
ANSWERED: Final = or_(PassageRow.code.is_(None), PassageRow.code.in_(FAILURES))
"""Passages that reached the backend."""


async def count_step(session: AsyncSession, app_id: str, *, agreed: bool) -> None:
    """Somebody was asked, or agreed."""
    session.add(ConsentStep(app_id=app_id, agreed=agreed))
    await session.flush()


async def roll_up(session: AsyncSession, since: datetime, until: datetime) -> int:
    """Count the passages of whole hours anew, so that it may run as often as it likes; how many rows were written."""
    hour = func.date_trunc("hour", PassageRow.at, literal_column("'UTC'")).label("hour")
    # A time on a bound belongs to the bucket below it, as the bounds are upper ones.
    bucket = func.width_bucket(PassageRow.milliseconds - 1, _BOUNDS).label("bucket")
    counted = (
        select(
            PassageRow.app_id,
            PassageRow.version_code,
            hour,
            bucket,
            func.count().label("calls"),
            func.count().filter(FAILED).label("failed"),
            func.count().filter(ANSWERED).label("answered"),
            func.sum(PassageRow.received).label("received"),
        )
        .join(MiniApp, MiniApp.app_id == PassageRow.app_id)
        .where(PassageRow.at >= since, PassageRow.at < until)
        .group_by(PassageRow.app_id, PassageRow.version_code, hour, bucket)
    )
    rows = _rows((await session.execute(counted)).all())
    if rows:
        row = insert(HourlyUsage)
        names = ("calls", "failed", "refused", "received", "buckets")
        kept = row.on_conflict_do_update(
            index_elements=["app_id", "hour", "version_code"], set_={name: getattr(row.excluded, name) for name in names}
        )
        await session.execute(kept, rows)
    return len(rows)


def _rows(counted: Sequence[Any]) -> list[dict[str, Any]]:
    found: dict[tuple[str, datetime, int], dict[str, Any]] = {}
    buckets: dict[tuple[str, datetime, int], list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
    for one in counted:
        key = (one.app_id, one.hour, one.version_code)
        row = found.setdefault(key, {"calls": 0, "failed": 0, "refused": 0, "received": 0})
        row["calls"] += one.calls
        row["failed"] += one.failed
        row["refused"] += one.calls - one.answered
        row["received"] += one.received
        buckets[key][one.bucket] += one.answered
    return [{"app_id": key[0], "hour": key[1], "version_code": key[2], "buckets": buckets[key], **row} for key, row in found.items()]
