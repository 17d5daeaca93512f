"""Puts one process together: database, cache, keys, and what the floors reach by name in the runtime."""

from dataclasses import dataclass
from pathlib import Path

from app import ports
from app.backends import Backends, HubTransport, mount_backends
from app.settings import settings as app_settings
from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.runtime import Runtime
from identity.api.access import permissions
from identity.oauth.authenticator import TokenAuthenticator
from identity.oauth.revocations import Revocations
from kernel.blobs import open_blobs
from kernel.cache import Cache
from kernel.cursors import LiveCursors
from kernel.models import answers
from kernel.sealing import LiveKeyring
from kernel.settings import Settings
from kernel.uploads.clamd import open_scanner
from notifications.channels.compose import close_senders, open_senders
from notifications.channels.ports import Senders
from notifications.settings import settings as notification_settings
from notifications.stream.hub import Streams
from plugins.gateway.endpoint import Gateway
from plugins.pages.serving import Pages
from plugins.pages.watching import Watches
from plugins.registry.changes import EVERYTHING, Changes
from plugins.webhooks.jobs import Outbox

DATA = Path(".data")


class NoDatabase(Exception):
    """The process was started without a database URL."""


@dataclass(frozen=True, slots=True)
class Process:
    """What a web or worker process is made of."""

    settings: Settings
    database: Database
    cache: Cache
    revocations: Revocations
    authenticator: TokenAuthenticator
    streams: Streams
    senders: Senders
    backends: Backends
    hub_transport: HubTransport
    gateway: Gateway
    changes: Changes
    outbox: Outbox
    pages: Pages
    watches: Watches
    runtime: Runtime

    async def close(self) -> None:
        await self.revocations.stop()
        await self.backends.close()
        await self.outbox.sender.close()
        await close_senders(self.senders)
        await self.cache.close()
        await self.database.dispose()


def compose(settings: Settings, *, application_name: str, hub_in_process: bool) -> Process:
    """Everything a process holds; `hub_in_process`: backends call the hub of this very process. Raises NoDatabase."""
    if settings.database_url is None or settings.redis_url is None:
        raise NoDatabase("HANOISMART_DATABASE_URL and HANOISMART_REDIS_URL are not set")
    database = Database(
        settings.database_url, pool_size=settings.database_pool, reads_size=settings.reads_pool, application_name=application_name
    )
    cache = Cache(settings.redis_url)
    revocations = Revocations(database)
    authenticator = TokenAuthenticator(database, revocations, cache)
    streams = Streams(database, cache)
    senders = open_senders(notification_settings())
    transport = HubTransport()
    backends = mount_backends(settings, app_settings(), transport if hub_in_process else None)
    outbox = Outbox()
    gateway, changes = Gateway(database, cache, backends), Changes(database)
    changes.on_change(lambda app_id: gateway.forget(None if app_id == EVERYTHING else app_id))
    blobs = open_blobs(settings, DATA / "blobs")
    pages, watches = Pages(database, blobs), Watches(database, changes)
    changes.on_change(lambda _app_id: pages.forget())
    parts = ports.parts(app_settings()) | {
        "cache": cache,
        "permissions": permissions,
        "scanner": open_scanner(settings.clamd_url, unscanned=settings.environment != "production"),
        "blobs": blobs,
        "pages": pages,
        "watches": watches,
        "streams": streams,
        "push": senders,
        "miniapp_backends": backends,
        "registry_changes": changes,
        "webhooks": outbox,
    }
    return Process(
        settings=settings,
        database=database,
        cache=cache,
        revocations=revocations,
        authenticator=authenticator,
        streams=streams,
        senders=senders,
        backends=backends,
        hub_transport=transport,
        gateway=gateway,
        changes=changes,
        outbox=outbox,
        pages=pages,
        watches=watches,
        runtime=Runtime(database, LiveCursors(settings), Replays(answers, LiveKeyring()), parts),
    )
