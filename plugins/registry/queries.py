"""What the registry knows, read: the catalogue, what a person opened, and an app whatever its state."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold
from hanoismart.gateway import AppStatus
from plugins.health.models import BackendHealth
from plugins.registry import changes
from plugins.registry.live import LiveApp
from plugins.registry.models import MiniApp, OpenedApp, Version, VersionState
from plugins.registry.serving import choices
from plugins.rollout.models import Kill

INTERRUPTED: Final = func.coalesce(BackendHealth.interrupted, false()).label("interrupted")


async def interrupted(session: AsyncSession, app_id: str) -> bool:
    """Whether the app's backend has failed its last polls."""
    return bool(await session.scalar(select(BackendHealth.interrupted).where(BackendHealth.app_id == app_id)))


async def live(session: AsyncSession, app_id: str) -> LiveApp | None:
    """The app whatever its status, with its live version, else with another one that is served; None where there is none."""
    found = await choices(session, app_id)
    return None if found is None else found.any


def catalogue(search: str | None, category: str | None) -> Any:
    """Published apps with their live versions; every word of `search` must be found, marks or none."""
    statement = (
        select(MiniApp.app_id, MiniApp.rating_count, MiniApp.rating_sum, Version.manifest, INTERRUPTED)
        .join(Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE))
        .outerjoin(BackendHealth, BackendHealth.app_id == MiniApp.app_id)
        .where(MiniApp.status == AppStatus.PUBLISHED, ~_stopped())
    )
    if category is not None:
        statement = statement.where(MiniApp.category == category)
    for word in fold(search or "").split()[:10]:
        statement = statement.where(MiniApp.searched.contains(word, autoescape=True))
    return statement


def _stopped() -> Any:
    """Whether a switch stops the app as a whole."""
    whole = (Kill.version_code.is_(None), Kill.method.is_(None), Kill.ward_code.is_(None))
    return exists().where(Kill.app_id == MiniApp.app_id, Kill.lifted_at.is_(None), *whole)


async def catalogue_etag(session: AsyncSession, locale: str) -> str:
    """Changes whenever any app changes; a client's cache must not outlive a kill switch."""
    return f'"{await changes.newest(session)}-{locale}"'


def opened(person_id: UUID, *, favourites: bool = False) -> Any:
    """The published apps a person opened, or only those they marked."""
    shown = (MiniApp.app_id, OpenedApp.last_opened_at, OpenedApp.favourite, Version.manifest, INTERRUPTED)
    found = (
        select(*shown)
        .join(OpenedApp, OpenedApp.app_id == MiniApp.app_id)
        .outerjoin(BackendHealth, BackendHealth.app_id == MiniApp.app_id)
        .join(Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE))
        .where(OpenedApp.person_id == person_id, MiniApp.status == AppStatus.PUBLISHED, OpenedApp.first_opened_at.is_not(None))
    )
    return found.where(OpenedApp.favourite) if favourites else found
