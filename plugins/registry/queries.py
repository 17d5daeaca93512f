"""What the registry knows, read: what a person opened, and an app whatever its state."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.gateway import AppStatus
from plugins.health.models import BackendHealth
from plugins.registry.live import LiveApp
from plugins.registry.models import MiniApp, OpenedApp, Version, VersionState
from plugins.registry.serving import choices
from plugins.rollout.kills import out_of_sight

INTERRUPTED: Final = func.coalesce(BackendHealth.interrupted, false()).label("interrupted")


async def interrupted(session: AsyncSession, app_id: str) -> bool:
    """Whether the app's backend has failed its last polls."""
    return bool(await session.scalar(select(BackendHealth.interrupted).where(BackendHealth.app_id == app_id)))


async def live(session: AsyncSession, app_id: str) -> LiveApp | None:
    """The app whatever its status, with its live version, else with another one that is served; None where there is none."""
    found = await choices(session, app_id)
    return None if found is None else found.any


def opened(person_id: UUID, *, favourites: bool = False) -> Any:
    """The apps a person opened, or only those they marked; as in the catalogue, without those that are suspended or stopped."""
    shown = (MiniApp.app_id, OpenedApp.last_opened_at, OpenedApp.favourite, Version.manifest, INTERRUPTED)
    found = (
        select(*shown)
        .join(OpenedApp, OpenedApp.app_id == MiniApp.app_id)
        .outerjoin(BackendHealth, BackendHealth.app_id == MiniApp.app_id)
        .join(Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE))
        .where(OpenedApp.person_id == person_id, MiniApp.status == AppStatus.PUBLISHED, OpenedApp.first_opened_at.is_not(None))
        .where(*(~stopped for stopped in out_of_sight(MiniApp.app_id)))
    )
    return found.where(OpenedApp.favourite) if favourites else found
