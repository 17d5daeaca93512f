"""A launch counts once: for backends without a store of their own, the hub's database decides who came first."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from kernel.access import Caller
from plugins.capabilities.consenting import app_of
from plugins.launch.models import Launch


class LaunchNotFound(Problem):
    code = "backend.launch_not_found"
    status = 404
    title = Text(vi="Không có lượt mở này, hoặc đã hết hạn", en="There is no such launch, or it has expired")


class LaunchUsed(Problem):
    code = "backend.launch_used"
    status = 409
    title = Text(vi="Lượt mở này đã được dùng", en="This launch was used before")


async def spend(session: AsyncSession, caller: Caller, launch_id: UUID) -> None:
    """Use a launch of the calling app. Raises AppNotFound, AppSuspended, LaunchNotFound, LaunchUsed."""
    app = await app_of(session, caller)
    mine = Launch.id == launch_id, Launch.app_id == app.app_id, Launch.expires_at > now()
    spent = await session.scalar(update(Launch).where(*mine, Launch.used_at.is_(None)).values(used_at=now()).returning(Launch.id))
    if spent is None:
        raise LaunchUsed if await session.scalar(select(Launch.id).where(*mine)) else LaunchNotFound
