"""An app together with one of its versions, as the rest of the platform sees it."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from hanoismart.gateway import AppStatus
from hanoismart.manifest import Manifest
from hanoismart.text import Text
from plugins.registry.models import MiniApp, PlacementKind, Version, VersionState
from plugins.rollout.kills import Kills


@dataclass(frozen=True, slots=True)
class LiveApp:
    """An app with a version that is served to somebody; `live`: to everybody who is not given another one."""

    app_id: str
    num: int
    sector: str
    organisation_id: UUID
    status: AppStatus
    reason: Text | None
    epoch: int
    version_id: UUID
    version_code: int
    live: bool
    manifest: Manifest
    placement: PlacementKind
    address: str
    payee: dict[str, Any] | None
    openapi: dict[str, Any] | None
    updated_at: datetime
    kills: Kills
    subject_id: UUID


def manifest_of(document: dict[str, Any]) -> Manifest:
    """A manifest that was judged when it was accepted; parsed once per process."""
    return _manifest(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=500)
def _manifest(document: bytes) -> Manifest:
    return Manifest.model_validate_json(document)


def live_app(app: MiniApp, version: Version, kills: Kills) -> LiveApp:
    reason = Text(vi=app.status_reason_vi, en=app.status_reason_en or "") if app.status_reason_vi else None
    return LiveApp(
        app_id=app.app_id,
        num=app.num,
        sector=app.sector,
        organisation_id=app.organisation_id,
        status=app.status,
        reason=reason,
        epoch=app.epoch,
        version_id=version.id,
        version_code=version.code,
        live=version.state is VersionState.LIVE,
        manifest=manifest_of(version.manifest),
        placement=version.placement,
        address=version.address,
        payee=app.payee,
        openapi=version.openapi,
        updated_at=app.updated_at,
        kills=kills,
        subject_id=app.subject_id,
    )
