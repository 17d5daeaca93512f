"""Fixtures of the plugins' tests: a small hub on a database of its own, and the echoing backend."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.access.service import permissions
from kernel.blobs import Blobs, open_blobs
from kernel.cache import Cache
from kernel.settings import settings
from plugins import jobs
from plugins.developers.models import DomainProof, ProofState
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, Echo, SmallHub, small_hub
from tests.support.publishing import APP_ID, Studio, studio

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


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(settings(), tmp_path / "blobs")


@pytest_asyncio.fixture
async def house(committed_db: Database, redis: Redis, redis_url: str, blobs: Blobs) -> AsyncIterator[SmallHub]:
    cache = Cache(redis_url)
    async with small_hub(committed_db, cache, ROUTERS, blobs=blobs, permissions=permissions) as hub:
        yield hub
    await cache.close()


@pytest_asyncio.fixture
async def workshop(house: SmallHub) -> Studio:
    """Minh's company, with a proven domain and the app's name taken; Minh calls."""
    async with house.database.transaction() as session:
        made = await studio(session)
        session.add(
            DomainProof(organisation_id=made.organisation_id, domain="example.vn", token="t", state=ProofState.VERIFIED, verified_at=now())
        )
    await house.signed_in(person_id=made.developer_id)
    app = {"app_id": APP_ID, "name_vi": "Tiệm góc phố", "name_en": "Corner shop"}
    response = await house.client.post(f"/v1/dev/organisations/{made.organisation_id}/apps", json=app)
    assert response.status_code == 201, response.text
    return made
