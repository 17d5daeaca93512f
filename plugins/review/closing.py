"""Closes the open round of a version that its developer took back, or that may not be served any more."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from plugins.review.models import Outcome, Review


async def close_round(session: AsyncSession, version_id: UUID) -> None:
    """Nobody decides about the version any more; nothing happens where no round is open."""
    found = select(Review).where(Review.version_id == version_id, Review.outcome.is_(None)).with_for_update()
    review = await session.scalar(found.execution_options(populate_existing=True))
    if review is not None:
        review.outcome, review.decided_at = Outcome.WITHDRAWN, now()
        await session.flush()
