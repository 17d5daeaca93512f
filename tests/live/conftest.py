"""One running house for the tests that only call it; those that break something start their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.databases import clone, drop
from tests.support.live import Live, living


@pytest_asyncio.fixture(scope="session")
async def live(template_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """Web and worker on a database of their own, with the city's wards and rules in it."""
    folder: Path = tmp_path_factory.mktemp("live")
    url = await clone(template_database)
    async with living(url, redis_url, folder) as running:
        yield running
    await drop(url)
