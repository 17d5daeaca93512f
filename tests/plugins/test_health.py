"""The badge of an interrupted service: two bad polls set it, a good one takes it away, and catalogues are told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from plugins.health.models import BackendHealth
from plugins.registry.placement import Http
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.sockets import listening


async def poll(hub: SmallHub) -> None:
    resources: dict[str, Any] = {"miniapp_backends": hub.backends, "health_jitter": timedelta(0)}
    await jobs.registry["plugins.poll_health"].handler(Run({}, 0, hub.database, resources))


async def badge(hub: SmallHub) -> tuple[bool, bool]:
    listed = (await hub.client.get("/v1/miniapps")).json()["items"]
    return listed[0]["interrupted"], (await hub.client.get(f"/v1/miniapps/{APP}")).json()["interrupted"]


@pytest.mark.parametrize("outside_process", [False, True], ids=["in process", "over http"])
async def test_two_bad_polls_set_the_badge_and_a_good_one_takes_it_away(hub: SmallHub, echo: Echo, outside_process: bool) -> None:
    async with listening(echo) as url:
        async with hub.database.transaction() as session:
            await installed(session, manifest(), Http(url) if outside_process else None)
        await poll(hub)
        assert echo.calls[-1]["path"] == "/healthz"
        assert "hs-assertion" not in echo.calls[-1]["headers"]
        assert await badge(hub) == (False, False)
        echo.status = 503
        await poll(hub)
        assert await badge(hub) == (False, False)
        before = (await hub.client.get("/v1/miniapps")).headers["etag"]
        await poll(hub)
        assert await badge(hub) == (True, True)
        assert (await hub.client.get("/v1/miniapps")).headers["etag"] != before
        echo.status = 404  # it has no such page, but it is alive
        await poll(hub)
        assert await badge(hub) == (False, False)


async def test_what_was_found_is_kept_in_one_word(hub: SmallHub, echo: Echo) -> None:
    async def found() -> tuple[str, int]:
        async with hub.database.session() as session:
            row = (await session.scalars(select(BackendHealth))).one()
            return row.found, row.failures

    async with hub.database.transaction() as session:
        await installed(session, manifest())
    echo.crash = True
    await poll(hub)
    assert await found() == ("crashed", 1)
    async with hub.database.transaction() as session:
        await installed(session, manifest(), Http("http://127.0.0.1:1"))
    await poll(hub)
    assert await found() == ("unreachable", 2)


async def test_an_app_without_backend_is_not_asked(hub: SmallHub, echo: Echo) -> None:
    page = manifest(scopes=[])
    del page["hs"]["backend"]
    del page["hs"]["webhooks"]
    async with hub.database.transaction() as session:
        await installed(session, page)
    await poll(hub)
    assert echo.calls == []
