"""A whole hub in this process, and a client that calls it, for the journeys of sign-in."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from app.main import Hub
from kernel.embedded import Servers
from tests.support.hubs import calling, running_hub


@pytest_asyncio.fixture
async def whole_hub(cloned_url: str, servers: Servers) -> AsyncIterator[Hub]:
    async with running_hub(cloned_url, servers.redis_url) as hub:
        yield hub


@pytest_asyncio.fixture
async def web(whole_hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(whole_hub) as client:
        yield client
