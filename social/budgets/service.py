"""Spends what a person may do in a while; the amounts are rows, so that they change without a release."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api.places import today
from kernel.limits import spend
from social.budgets.models import Budget


async def spend_on(session: AsyncSession, person_id: UUID, level: int, action: str, *, halved: bool = False) -> None:
    """Raises TooMany when any window of the action is used up at this trust level; `halved` for somebody limited by moderation."""
    rows = await session.execute(
        select(Budget.window_seconds, Budget.allowed)
        .where(Budget.action == action, Budget.level == level, Budget.valid_from <= today())
        .ext(distinct_on(Budget.window_seconds))
        .order_by(Budget.window_seconds, Budget.valid_from.desc())
    )
    for window_seconds, allowed in rows:
        key = f"social:{action}:{window_seconds}:{person_id}"
        await spend(session, key, limit=allowed // 2 if halved else allowed, window=timedelta(seconds=window_seconds))
