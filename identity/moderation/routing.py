"""The router: which queue a new case goes to, by rows an administrator may change."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.moderation.models import QueueRoute


async def queue_for(session: AsyncSession, *, kind: str, reason: str, area_id: UUID | None, language: str | None, otherwise: str) -> str:
    """The queue of the first route that holds for the case; `otherwise` where none does."""
    pairs = ((QueueRoute.subject_kind, kind), (QueueRoute.reason, reason), (QueueRoute.area_id, area_id), (QueueRoute.language, language))
    holds = [or_(column.is_(None), column == value) if value is not None else column.is_(None) for column, value in pairs]
    found: str | None = await session.scalar(select(QueueRoute.queue).where(*holds).order_by(QueueRoute.position).limit(1))
    return found or otherwise
