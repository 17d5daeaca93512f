"""What the registry knows, read: the live version of an app, the catalogue, and what a person opened."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold
from hanoismart.gateway import AppStatus
from hanoismart.manifest import Manifest
from hanoismart.text import Text
from plugins.registry.models import MiniApp, OpenedApp, PlacementKind, Version, VersionState
from plugins.registry.problems import AppNotFound, AppSuspended


@dataclass(frozen=True, slots=True)
class LiveApp:
    """An app with its live version."""

    app_id: str
    sector: str
    organisation_id: UUID
    status: AppStatus
    reason: Text | None
    epoch: int
    version_code: int
    manifest: Manifest
    placement: PlacementKind
    address: str
    payee: dict[str, Any] | None
    openapi: dict[str, Any] | None
    updated_at: datetime


_LIVE = select(MiniApp, Version).join(
    Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE)
)  # one row per app: a partial unique index says so


async def live(session: AsyncSession, app_id: str) -> LiveApp | None:
    """The app whatever its status; None where there is none with a live version."""
    row = (await session.execute(_LIVE.where(MiniApp.app_id == app_id))).one_or_none()
    return None if row is None else _live_app(row[0], row[1])


async def served(session: AsyncSession, app_id: str) -> LiveApp:
    """The app, if it is published. Raises AppSuspended with its reason, else AppNotFound."""
    app = await live(session, app_id)
    if app is None:
        raise AppNotFound
    if app.status in {AppStatus.SUSPENDED, AppStatus.TERMINATED}:
        raise AppSuspended(app.reason)
    if app.status is not AppStatus.PUBLISHED:
        raise AppNotFound
    return app


def catalogue(search: str | None, category: str | None) -> Any:
    """Published apps with their live versions; every word of `search` must be found, marks or none."""
    statement = (
        select(MiniApp.app_id, MiniApp.category, MiniApp.organisation_id, MiniApp.updated_at, Version.manifest, Version.code)
        .join(Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE))
        .where(MiniApp.status == AppStatus.PUBLISHED)
    )
    if category is not None:
        statement = statement.where(MiniApp.category == category)
    for word in fold(search or "").split()[:10]:
        statement = statement.where(MiniApp.searched.contains(word, autoescape=True))
    return statement


async def catalogue_etag(session: AsyncSession, locale: str) -> str:
    """Changes whenever any app changes; a client's cache must not outlive a kill switch."""
    count, newest = (await session.execute(select(func.count(), func.max(MiniApp.updated_at)))).one()
    return f'"{count}-{newest.timestamp() if newest else 0:.6f}-{locale}"'


def opened(person_id: UUID) -> Any:
    """The published apps a person opened."""
    return (
        select(MiniApp.app_id, MiniApp.category, MiniApp.organisation_id, OpenedApp.last_opened_at, Version.manifest, Version.code)
        .join(OpenedApp, OpenedApp.app_id == MiniApp.app_id)
        .join(Version, (Version.app_id == MiniApp.app_id) & (Version.state == VersionState.LIVE))
        .where(OpenedApp.person_id == person_id, MiniApp.status == AppStatus.PUBLISHED, OpenedApp.first_opened_at.is_not(None))
    )


def manifest_of(document: dict[str, Any]) -> Manifest:
    """A manifest that was judged when it was installed; parsed once per process."""
    return _manifest(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=500)
def _manifest(document: bytes) -> Manifest:
    return Manifest.model_validate_json(document)


def _live_app(app: MiniApp, version: Version) -> LiveApp:
    reason = Text(vi=app.status_reason_vi, en=app.status_reason_en or "") if app.status_reason_vi else None
    return LiveApp(
        app_id=app.app_id,
        sector=app.sector,
        organisation_id=app.organisation_id,
        status=app.status,
        reason=reason,
        epoch=app.epoch,
        version_code=version.code,
        manifest=manifest_of(version.manifest),
        placement=version.placement,
        address=version.address,
        payee=app.payee,
        openapi=version.openapi,
        updated_at=app.updated_at,
    )
