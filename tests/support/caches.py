"""A Redis database per test worker, empty before each test that asks for it."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from kernel.embedded import Servers


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """The URL of this worker's own database number on the shared server."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return servers.redis_url.replace("?db=0", f"?db={worker + 1}")


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()
