"""Puts one process together: database, cache, keys, and what the floors reach by name in the runtime."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import ports
from app.settings import settings as app_settings
from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from identity.api.access import permissions
from identity.oauth.authenticator import TokenAuthenticator
from identity.oauth.revocations import Revocations
from kernel.blobs import open_blobs
from kernel.cache import Cache
from kernel.models import answers
from kernel.sealing import keyring
from kernel.settings import Settings, parse_keys

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
    runtime: Runtime

    async def close(self) -> None:
        await self.revocations.stop()
        await self.cache.close()
        await self.database.dispose()


def compose(settings: Settings, *, application_name: str, extra: Mapping[str, Any] | None = None) -> Process:
    """Raises NoDatabase when the settings name no database or no Redis."""
    if settings.database_url is None or settings.redis_url is None:
        raise NoDatabase("HANOISMART_DATABASE_URL and HANOISMART_REDIS_URL are not set")
    database = Database(
        settings.database_url, pool_size=settings.database_pool, reads_size=settings.reads_pool, application_name=application_name
    )
    cache = Cache(settings.redis_url)
    revocations = Revocations(database)
    authenticator = TokenAuthenticator(database, revocations, cache)
    parts = {
        "cache": cache,
        "permissions": permissions,
        "blobs": open_blobs(settings, DATA / "blobs"),
        "authenticator": authenticator,
        **ports.parts(app_settings()),
        **(extra or {}),
    }
    keys, current = parse_keys(settings.cursor_key)
    runtime = Runtime(database, Cursors(keys[current]), Replays(answers, keyring()), parts)
    return Process(settings, database, cache, revocations, authenticator, runtime)
