"""Puts apps into the registry, moves their live version, and stops them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold
from hanoismart.gateway import AppStatus
from hanoismart.gateway.paths import Routes
from hanoismart.ids import new_id
from hanoismart.manifest import Manifest, ManifestInvalid, parse
from hanoismart.text import Text
from identity.api import clients
from kernel.audit import record
from kernel.events import emit
from plugins.capabilities.notifying import ensure_templates
from plugins.events import AppStateChanged
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.placement import Placement
from plugins.registry.problems import AppNotFound, ManifestRefused, NothingToRollBackTo, VersionAltered, VersionNotRising
from plugins.webhooks import service as webhooks

BACKEND_SCOPES = ("backend.notify", "backend.pay", "backend.read", "backend.storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What operators give with a manifest. `jwks` holds the backend's public keys, `payee` who gets what the app charges."""

    placement: Placement
    organisation_id: UUID
    jwks: Mapping[str, Any] | None = None
    payee: Mapping[str, str] | None = None
    sector: str | None = None
    openapi: Mapping[str, Any] | None = None
    actor: str = field(default="system:plugins")


async def install(session: AsyncSession, document: Mapping[str, Any], given: Installation) -> Manifest:
    """Publish a version of an app; the same manifest again only brings placement, keys and payee up to date.

    Raises ManifestRefused, VersionNotRising, VersionAltered.
    """
    try:
        manifest = parse(document)
    except ManifestInvalid as invalid:
        raise ManifestRefused(findings=[one.as_json() for one in invalid.findings]) from invalid
    if given.openapi is not None:
        Routes.of_openapi(given.openapi)
    await _app(session, manifest, given)
    await _version(session, manifest, document, given)
    await _client(session, manifest, given)
    await webhooks.ensure_endpoint(session, manifest, given.placement)
    await ensure_templates(session, manifest)
    await _told(session, manifest.app_id, AppStatus.PUBLISHED, manifest.version.code, given.actor, "miniapp.installed")
    return manifest


async def _app(session: AsyncSession, manifest: Manifest, given: Installation) -> None:
    app = await session.get(MiniApp, manifest.app_id, with_for_update=True)
    if app is None:
        app = MiniApp(app_id=manifest.app_id, status=AppStatus.PUBLISHED, epoch=1, sector=given.sector or manifest.app_id)
        session.add(app)
    app.organisation_id = given.organisation_id
    app.category = manifest.hs.category
    app.searched = searched(manifest)
    app.payee = dict(given.payee) if given.payee is not None else None
    app.updated_at = now()
    await session.flush()


async def _version(session: AsyncSession, manifest: Manifest, document: Mapping[str, Any], given: Installation) -> None:
    digest = sha256(rfc8785.dumps(dict(document))).digest()
    newest = await session.scalar(select(Version).where(Version.app_id == manifest.app_id).order_by(Version.code.desc()).limit(1))
    if newest is not None and newest.code == manifest.version.code:
        if newest.digest != digest:
            raise VersionAltered
        newest.placement, newest.address, newest.openapi = given.placement.kind, given.placement.address, _plain(given.openapi)
        return
    if newest is not None and newest.code > manifest.version.code:
        raise VersionNotRising
    await session.execute(
        update(Version).where(Version.app_id == manifest.app_id, Version.state == VersionState.LIVE).values(state=VersionState.PREVIOUS)
    )
    session.add(
        Version(
            id=new_id(),
            app_id=manifest.app_id,
            code=manifest.version.code,
            name=manifest.version.name,
            manifest=dict(document),
            digest=digest,
            state=VersionState.LIVE,
            placement=given.placement.kind,
            address=given.placement.address,
            openapi=_plain(given.openapi),
        )
    )
    await session.flush()


async def _client(session: AsyncSession, manifest: Manifest, given: Installation) -> None:
    vi, en = manifest.localised("vi"), manifest.localised("en")
    spec = clients.ClientSpec(
        client_id=manifest.app_id,
        name=Text(vi=vi.name, en=en.name),
        kind=clients.ClientKind.MINIAPP,
        scopes=BACKEND_SCOPES if given.jwks else (),
        jwks=_plain(given.jwks),
        sector=given.sector or manifest.app_id,
    )
    await clients.ensure(session, spec)


def _plain(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if document is None else dict(document)


def searched(manifest: Manifest) -> str:
    """The folded text a search runs over: names and descriptions in both languages, the id and the category."""
    texts = [manifest.localised("vi"), manifest.localised("en")]
    words = [manifest.app_id.replace(".", " "), manifest.hs.category.replace("_", " ")]
    return fold(" ".join([*(f"{one.name} {one.short_name} {one.description}" for one in texts), *words]))


async def suspend(session: AsyncSession, app_id: str, *, reason: Text, actor: str) -> None:
    """Stop an app at once: no launch, token, call, webhook or notification. Raises AppNotFound."""
    app = await _locked(session, app_id)
    app.status, app.status_reason_vi, app.status_reason_en = AppStatus.SUSPENDED, reason.vi, reason.en
    app.epoch += 1
    app.updated_at = now()
    await webhooks.withdraw(session, app_id)
    await _told(session, app_id, AppStatus.SUSPENDED, await _live_code(session, app_id), actor, "miniapp.suspended")


async def publish(session: AsyncSession, app_id: str, *, actor: str) -> None:
    """Let a suspended or unpublished app run again; tokens from before stay dead. Raises AppNotFound."""
    app = await _locked(session, app_id)
    app.status, app.status_reason_vi, app.status_reason_en = AppStatus.PUBLISHED, None, None
    app.updated_at = now()
    await _told(session, app_id, AppStatus.PUBLISHED, await _live_code(session, app_id), actor, "miniapp.published")


async def roll_back(session: AsyncSession, app_id: str, *, actor: str) -> int:
    """Make the previous version live again; returns its code. Raises AppNotFound or NothingToRollBackTo."""
    app = await _locked(session, app_id)
    previous = await session.scalar(
        select(Version).where(Version.app_id == app_id, Version.state == VersionState.PREVIOUS).order_by(Version.code.desc()).limit(1)
    )
    if previous is None:
        raise NothingToRollBackTo
    await session.execute(
        update(Version).where(Version.app_id == app_id, Version.state == VersionState.LIVE).values(state=VersionState.REVOKED)
    )
    previous.state = VersionState.LIVE
    app.updated_at = now()
    await session.flush()
    await _told(session, app_id, app.status, previous.code, actor, "miniapp.rolled_back")
    return previous.code


async def _locked(session: AsyncSession, app_id: str) -> MiniApp:
    app = await session.get(MiniApp, app_id, with_for_update=True)
    if app is None:
        raise AppNotFound
    return app


async def _live_code(session: AsyncSession, app_id: str) -> int:
    code = await session.scalar(select(Version.code).where(Version.app_id == app_id, Version.state == VersionState.LIVE))
    return code or 0


async def _told(session: AsyncSession, app_id: str, status: AppStatus, code: int, actor: str, action: str) -> None:
    await record(session, actor=actor, action=action, subject=f"miniapp:{app_id}", facts={"version": code, "status": status.value})
    await emit(session, AppStateChanged(app_id=app_id, status=status.value, version_code=code))
