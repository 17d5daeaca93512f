"""Brings a declared backend to life: its database, its client of the hub, its ASGI app and its worker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from hanoismart.client import Hub
from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.middleware.body_limit import BodyLimit
from hanoismart.server.middleware.provide import Provide
from hanoismart.server.middleware.request_id import RequestId
from hanoismart.server.miniapp.declaration import Backend
from hanoismart.server.miniapp.health import health
from hanoismart.server.miniapp.receiver import receiver
from hanoismart.server.miniapp.settings import MiniAppSettings
from hanoismart.server.miniapp.verification import KeySource, Verifier
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from hanoismart.server.service import api
from hanoismart.server.worker import Worker
from hanoismart.tokens import PublicKeys


@dataclass(frozen=True, slots=True)
class Mounted:
    """A backend that can be called. Run `worker.run()` beside it, `migrate` before, and `close` at the end."""

    app: ASGIApp
    worker: Worker
    database: Database
    hub: Hub
    migrate: Callable[[], Awaitable[None]]

    async def close(self) -> None:
        await self.hub.close()
        await self.database.dispose()


def mount(
    miniapp: Backend,
    settings: MiniAppSettings,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    keys: KeySource | None = None,
    database: Database | None = None,
) -> Mounted:
    """The backend over HTTP, or in the hub's process when `transport` calls the hub's ASGI app and `keys` reads its keys.

    `database` replaces the one the settings name (tests).
    """
    own = database or Database(settings.database_url, pool_size=settings.pool_size, application_name=miniapp.app_id)
    hub = Hub(settings.hub_url, miniapp.app_id, settings.key, transport=transport, issuer=settings.issuer)
    verifier = Verifier(miniapp.app_id, settings.issuer, keys or _from(hub))
    parts = {"hub": hub, "verifier": verifier, "webhook_secrets": settings.webhook_secrets, "keyring": settings.keyring}
    replays = None if miniapp.answers is None else Replays(miniapp.answers, settings.keyring)
    runtime = Runtime(own, Cursors(settings.cursor_key), replays, parts)
    inner = api(miniapp.app_id, [*miniapp.routers, receiver(miniapp), health()])
    app = RequestId(BodyLimit(Provide(inner, runtime)), trusted=True)

    async def migrate() -> None:
        from hanoismart.server import migrations  # Alembic, which a process that only serves need not load

        await migrations.upgrade(miniapp.migrations, miniapp.schema, own.url.render_as_string(hide_password=False))

    return Mounted(app, Worker(own, miniapp.jobs, resources=parts), own, hub, migrate)


def _from(hub: Hub) -> KeySource:
    async def keys(fresh: bool) -> PublicKeys:  # noqa: FBT001 (the type of KeySource)
        return await hub.keys(fresh=fresh)

    return keys
