"""Attempt and send budgets as rows: they survive Redis, restarts and the refusal itself."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
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
    spent = await count(session, key, window=window, amount=amount)
    if spent > limit:
        raise _too_many(window)
    return limit - spent


async def count(session: AsyncSession, key: str, *, window: timedelta, amount: int = 1) -> int:
    """Count in the budget `key` without refusing; returns what is spent in the current window."""
    start = _window_start(now(), window)
    row = insert(SpentBudget).values(key=_digest(key), window_start=start, spent=amount, expires_at=start + window)
    counted = row.on_conflict_do_update(
        index_elements=[SpentBudget.key, SpentBudget.window_start], set_={"spent": SpentBudget.spent + amount}
    ).returning(SpentBudget.spent)
    return int((await session.execute(counted)).scalar_one())


async def within(session: AsyncSession, budgets: Sequence[tuple[str, int]], *, window: timedelta) -> None:
    """Look whether one of the budgets (key and limit) is spent, without counting: for what is counted only when it fails.

    Raises TooMany.
    """
    limits = {_digest(key): limit for key, limit in budgets}
    held = SpentBudget.key.in_(limits) & (SpentBudget.window_start == _window_start(now(), window))
    rows = await session.execute(select(SpentBudget.key, SpentBudget.spent).where(held))
    if any(row.spent >= limits[row.key] for row in rows):
        raise _too_many(window)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _too_many(window: timedelta) -> TooMany:
    moment = now()
    wait = max(1, int((_window_start(moment, window) + window - moment).total_seconds()) + 1)
    return TooMany(headers={"Retry-After": str(wait)})


def _window_start(moment: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, tz=UTC)
