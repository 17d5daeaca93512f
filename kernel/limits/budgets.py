"""Attempt and send budgets as rows: they survive Redis, restarts and the refusal itself."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.models import SpentBudget


class TooMany(Problem):
    code = "limits.too_many"
    status = 429
    title = Text(vi="Quá nhiều lần, vui lòng thử lại sau", en="Too many times, please try again later")
    keep = True


async def spend(session: AsyncSession, key: str, *, limit: int, window: timedelta, amount: int = 1) -> int:
    """Spend from the budget `key` (hashed before it is kept) in the current window; returns what is left.

    Raises TooMany with Retry-After in whole seconds; the attempt stays counted although the caller is refused.
    """
    moment = now()
    start = _window_start(moment, window)
    digest = hashlib.sha256(key.encode()).digest()
    row = insert(SpentBudget).values(key=digest, window_start=start, spent=amount, expires_at=start + window)
    counted = row.on_conflict_do_update(
        index_elements=[SpentBudget.key, SpentBudget.window_start], set_={"spent": SpentBudget.spent + amount}
    ).returning(SpentBudget.spent)
    spent = (await session.execute(counted)).scalar_one()
    if spent > limit:
        wait = max(1, int((start + window - moment).total_seconds()) + 1)
        raise TooMany(headers={"Retry-After": str(wait)})
    return limit - spent


def _window_start(moment: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, tz=UTC)
