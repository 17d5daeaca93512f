"""Reading: one message or all of them, each time with the same result."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from notifications.inbox.models import Notification


class NotificationNotFound(Problem):
    code = "notifications.not_found"
    status = 404
    title = Text(vi="Không tìm thấy thông báo", en="There is no such notification")


async def read(session: AsyncSession, person_id: UUID, notification_id: UUID) -> None:
    """Mark one of the person's own messages as read. Raises NotificationNotFound."""
    found = await session.scalar(
        select(Notification).where(Notification.id == notification_id, Notification.person_id == person_id).with_for_update()
    )
    if found is None:
        raise NotificationNotFound
    if found.read_at is None:
        found.read_at = now()


async def read_all(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(
        update(Notification).where(Notification.person_id == person_id, Notification.read_at.is_(None)).values(read_at=now())
    )


async def unread(session: AsyncSession, person_id: UUID) -> int:
    """How many messages wait; the badge shows 99 at most, and so the count stops at 100."""
    waiting = select(Notification.id).where(Notification.person_id == person_id, Notification.read_at.is_(None)).limit(100)
    return await session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
