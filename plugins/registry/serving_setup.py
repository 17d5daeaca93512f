"""What must stand before people meet a version: its OAuth client, webhook endpoint, message templates, and its words in the catalogue."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold
from hanoismart.gateway import AppStatus
from hanoismart.manifest import Manifest
from hanoismart.text import Text
from identity.api import clients
from plugins.capabilities.notifying import ensure_templates
from plugins.registry.live import manifest_of
from plugins.registry.lookalikes import skeletons
from plugins.registry.models import SERVED, AppName, MiniApp, Version, VersionState
from plugins.registry.placement import placement_of
from plugins.webhooks import service as webhooks

BACKEND_SCOPES = ("backend.notify", "backend.pay", "backend.read", "backend.storage")
STOPPED_SCOPES = ("backend.erase",)
"""What is left to the backend of an app that is suspended: its duty to erase does not rest."""


async def prepare(session: AsyncSession, app: MiniApp, version: Version, manifest: Manifest, *, live: bool) -> None:
    """Bring everything to what the version says where it speaks for the app (`live`).

    One that is tried beside a live version brings its own message templates along, and changes nothing for those who do not try it.
    """
    app.updated_at = now()
    if version.state is not VersionState.LIVE:
        await ensure_templates(session, manifest, tried=version.code)
    await keep_names(session, app.app_id)
    if not live:
        await session.flush()
        await webhooks.hear_of_people(session, manifest, placement_of(version))
        return
    app.category, app.searched = manifest.hs.category, searched(manifest)
    await session.flush()
    await client(session, app, manifest)
    await webhooks.ensure_endpoint(session, manifest, placement_of(version))
    await ensure_templates(session, manifest)


async def client(session: AsyncSession, app: MiniApp, manifest: Manifest) -> None:
    """The OAuth client an app is; its backend gets tokens of its own where it has keys."""
    vi, en = manifest.localised("vi"), manifest.localised("en")
    spec = clients.ClientSpec(
        client_id=app.app_id,
        name=Text(vi=vi.name, en=en.name),
        kind=clients.ClientKind.MINIAPP,
        scopes=_scopes(app),
        jwks=plain(app.backend_jwks),
        sector=app.sector,
    )
    await clients.ensure(session, spec)


def _scopes(app: MiniApp) -> tuple[str, ...]:
    if not app.backend_jwks:
        return ()
    return STOPPED_SCOPES if app.status in {AppStatus.SUSPENDED, AppStatus.TERMINATED} else BACKEND_SCOPES


async def keep_names(session: AsyncSession, app_id: str) -> None:
    """Remember what the names of every version look like that people have or may have again, so that no other app may look the same."""
    shown = select(Version.manifest).where(Version.app_id == app_id, Version.state.in_({*SERVED, VersionState.PREVIOUS}))
    marks = {mark for document in await session.scalars(shown) for mark in skeletons(manifest_of(document))}
    await session.execute(delete(AppName).where(AppName.app_id == app_id))
    session.add_all(AppName(app_id=app_id, skeleton=mark) for mark in sorted(marks))
    await session.flush()


def plain(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if document is None else dict(document)


def searched(manifest: Manifest) -> str:
    """The folded text a search runs over: names and descriptions in both languages, the id and the category."""
    texts = [manifest.localised("vi"), manifest.localised("en")]
    words = [manifest.app_id.replace(".", " "), manifest.hs.category.replace("_", " ")]
    return fold(" ".join([*(f"{one.name} {one.short_name} {one.description}" for one in texts), *words]))
