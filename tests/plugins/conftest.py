"""Fixtures of the plugins' tests: a small hub on a database of its own, and the echoing backend."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from hanoismart.server.database import Database
from kernel.cache import Cache
from plugins import jobs
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, Echo, SmallHub, small_hub

assert jobs.webhooks  # importing it registers the jobs


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest_asyncio.fixture
async def hub(committed_db: Database, redis: Redis, redis_url: str, echo: Echo) -> AsyncIterator[SmallHub]:
    cache = Cache(redis_url)
    async with small_hub(committed_db, cache, ROUTERS) as hub:
        hub.backends.apps[APP] = echo
        yield hub
    await cache.close()
