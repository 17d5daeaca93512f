"""A backend that fails is left alone by every process, whichever of them found out; without Redis each finds out by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hanoismart.server.database import Database
from kernel.cache import Cache
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest, small_hub

CALL = f"/v1/gw/{APP}/parks/7"


@asynccontextmanager
async def process(database: Database, redis_url: str, echo: Echo) -> AsyncIterator[SmallHub]:
    """Another process of the same installation."""
    cache = Cache(redis_url)
    async with small_hub(database, cache, ROUTERS) as other:
        other.backends.apps[APP] = echo
        yield other
    await cache.close()


@pytest.mark.parametrize("shared", [True, False])
async def test_what_one_process_found_out_all_know(hub: SmallHub, echo: Echo, redis_url: str, shared: bool) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    where = redis_url if shared else "redis://127.0.0.1:1/0"
    async with process(hub.database, where, echo) as other:
        assert (await other.client.get(CALL)).status_code == 200
    echo.crash = True
    told = [(await hub.client.get(CALL)).json()["code"] for _ in range(6)]
    assert told == ["gateway.backend_unreachable"] * 5 + ["gateway.backend_interrupted"]
    async with process(hub.database, where, echo) as other:
        code = (await other.client.get(CALL)).json()["code"]
    assert code == ("gateway.backend_interrupted" if shared else "gateway.backend_unreachable")
