"""Puts first-party apps into the registry by an operator's hand: installed, countersigned and live in one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import package
from hanoismart.clock import now
from hanoismart.gateway import AppStatus
from hanoismart.gateway.paths import Routes
from hanoismart.ids import new_id
from hanoismart.manifest import Manifest, ManifestInvalid, parse
from plugins.packages import storing
from plugins.registry import accepting, states
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.placement import Placement
from plugins.registry.problems import ManifestRefused, VersionAltered, VersionNotRising
from plugins.registry.serving_setup import plain, prepare
from plugins.rollout import pointers


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What operators give with a manifest. `jwks` holds the backend's public keys, `payee` who gets what the app charges.

    `stored` are the files of its pages, kept in the blob store before (see `storing.keep`).
    """

    placement: Placement
    organisation_id: UUID
    jwks: Mapping[str, Any] | None = None
    payee: Mapping[str, str] | None = None
    sector: str | None = None
    openapi: Mapping[str, Any] | None = None
    stored: storing.Stored | None = None
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
    app = await _app(session, manifest, given)
    version = await _version(session, manifest, document, given)
    await prepare(session, app, version, manifest, live=True)
    await states.app_told(session, app.app_id, app.status, version.code, given.actor, "miniapp.installed")
    return manifest


async def _app(session: AsyncSession, manifest: Manifest, given: Installation) -> MiniApp:
    app = await session.get(MiniApp, manifest.app_id, with_for_update=True)
    if app is None:
        app = MiniApp(app_id=manifest.app_id, status=AppStatus.PUBLISHED, epoch=1, sector=given.sector or manifest.app_id)
        session.add(app)
    app.organisation_id = given.organisation_id
    app.category, app.searched = manifest.hs.category, ""
    app.payee, app.backend_jwks = plain(given.payee), plain(given.jwks)
    app.updated_at = now()
    await session.flush()
    return app


async def _version(session: AsyncSession, manifest: Manifest, document: Mapping[str, Any], given: Installation) -> Version:
    files_json = _files_json(manifest, document, given)
    digest = sha256(files_json).digest()
    newest = await session.scalar(select(Version).where(Version.app_id == manifest.app_id).order_by(Version.code.desc()).limit(1))
    if newest is not None and newest.code == manifest.version.code:
        return await _again(session, newest, digest, given)
    if newest is not None and newest.code > manifest.version.code:
        raise VersionNotRising
    version = Version(
        id=new_id(),
        app_id=manifest.app_id,
        code=manifest.version.code,
        name=manifest.version.name,
        manifest=dict(document),
        digest=digest,
        files_json=files_json,
        state=VersionState.IN_REVIEW,
        state_since=now(),
        placement=given.placement.kind,
        address=given.placement.address,
        openapi=plain(given.openapi),
    )
    session.add(version)
    await session.flush()
    await accepting.accept(session, version, decision=accepting.OPERATOR)
    if given.stored is not None:
        await storing.attach(session, version, given.stored)
    version.state = VersionState.APPROVED
    await pointers.make_live(session, version, actor=given.actor)
    return version


async def _again(session: AsyncSession, version: Version, digest: bytes, given: Installation) -> Version:
    if version.files_json is None:
        accepting.describe(version)
        await accepting.accept(session, version, decision=accepting.OPERATOR)
    if version.digest != digest:
        raise VersionAltered
    version.placement, version.address, version.openapi = given.placement.kind, given.placement.address, plain(given.openapi)
    return version


def _files_json(manifest: Manifest, document: Mapping[str, Any], given: Installation) -> bytes:
    if given.stored is not None:
        return given.stored.files_json
    return package.files_json_of(manifest.app_id, manifest.version.code, {"manifest.json": rfc8785.dumps(dict(document))})
