"""The pages of mini-apps over HTTP: only reviewed bytes, only from the app's own origin, and nothing of what was stopped."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import select, update

from hanoismart import origins
from hanoismart.server.database import Database
from hanoismart.text import Text
from kernel.blobs import Blobs
from kernel.cache import Cache
from plugins.api import registry
from plugins.packages.models import PackageFile
from plugins.pages import watching
from plugins.pages.serving import ByHost, Pages
from plugins.pages.watching import Watched, Watches
from plugins.registry.changes import Changes
from plugins.registry.models import Version, VersionState
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, SmallHub, manifest, small_hub
from tests.support.pages import folder_blobs, shown

OWN = f"http://{origins.label(APP)}.apps.localhost:8000"
FILES = {"index.html": '<!doctype html><title>Đỗ xe</title><script src="app.js"></script>', "app.js": "document.title = 'run';"}
REASON = Text(vi="Lỗi an toàn", en="A safety fault")


@dataclass
class Town:
    """A hub that shows pages, its registry's changes read by hand."""

    hub: SmallHub
    pages: Pages
    changes: Changes
    watches: Watches
    blobs: Blobs
    folder: Path
    own: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.own.get(path, headers=headers)

    async def stop(self) -> None:
        async with self.hub.database.transaction() as session:
            await registry.suspend(session, APP, reason=REASON, actor="test")
        await self.changes.look()


@pytest_asyncio.fixture
async def town(committed_db: Database, redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    blobs, changes, cache = folder_blobs(tmp_path / "blobs"), Changes(committed_db), Cache(redis_url)
    pages, watches = Pages(committed_db, blobs), Watches(committed_db, changes)
    changes.on_change(lambda _app: pages.forget())
    async with small_hub(committed_db, cache, ROUTERS, pages=pages, watches=watches, blobs=blobs) as hub:
        await shown(committed_db, blobs, manifest(), FILES, tmp_path / "app")
        await changes.look()
        transport = httpx.ASGITransport(app=ByHost(pages, hub.app))
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as own:
            yield Town(hub, pages, changes, watches, blobs, tmp_path, own)
        watches.close()
    await cache.close()


async def test_a_version_is_shown_from_its_own_origin_under_its_own_policy(town: Town) -> None:
    page = await town.get("/v/12/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.text == FILES["index.html"]
    assert "frame-ancestors http://localhost:8000" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-cache"
    script = await town.get("/v/12/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    again = await town.get("/v/12/app.js", **{"If-None-Match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await town.get("/v/12/pages/find")).status_code == 200
    assert (await town.get("/v/12/none.html")).status_code == 404
    for start in ("/", "/zapps/1234567890/pages/find?x=1"):
        led = await town.get(start)
        assert (led.status_code, led.headers["location"]) == (302, "/v/12/")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v/11/", 404),
        ("/v/0/", 302),
        ("/v/99999999999/", 302),
        ("/v/4294967296/", 404),
        ("/v/12/../../etc/passwd", 302),
        ("/v/12/META/files.json", 404),
    ],
)
async def test_nothing_else_is_to_be_had_there(town: Town, path: str, status: int) -> None:
    assert (await town.get(path)).status_code == status


async def test_an_origin_answers_for_its_pages_alone(town: Town) -> None:
    assert (await town.own.post("/v/12/")).status_code == 405
    assert (await town.get("/v/12/app.js", **{"Service-Worker": "script"})).status_code == 403
    assert (await town.get("/v1/miniapps")).status_code == 302  # the hub's own routes do not exist here
    for stranger in (f"{origins.label('vn.no.such')}.apps.localhost:8000", "www.apps.localhost:8000", "a.b.apps.localhost"):
        assert (await town.get("/v1/miniapps", Host=stranger)).status_code == 404
    assert (await town.get("/v1/miniapps", Host="localhost:8000")).status_code == 200


async def test_other_bytes_than_the_reviewed_ones_are_never_served(town: Town) -> None:
    async with town.hub.database.session() as session:
        digest = await session.scalar(select(PackageFile.digest).where(PackageFile.path == "app.js"))
    assert digest is not None
    await town.blobs.put(f"packages/{digest.hex()}", b"steal()")
    answer = await town.get("/v/12/app.js")
    assert (answer.status_code, b"steal" in answer.content) == (502, False)
    await town.blobs.delete(f"packages/{digest.hex()}")
    assert (await town.get("/v/12/app.js")).status_code == 502
    await town.blobs.put(f"packages/{digest.hex()}", FILES["app.js"].encode())
    assert (await town.get("/v/12/app.js")).status_code == 200


async def test_what_was_stopped_is_blank_and_nothing_runs(town: Town) -> None:
    assert (await town.get("/v/12/")).status_code == 200
    await town.stop()
    for path in ("/v/12/", "/v/12/app.js"):
        blank = await town.get(path)
        assert blank.status_code == 410
        assert "script" not in blank.text
        assert blank.headers["content-security-policy"].startswith("default-src 'none'")
        assert blank.headers["cache-control"] == "no-store"
    assert (await town.get("/")).status_code == 410


async def test_only_countersigned_versions_that_somebody_is_given_are_shown(town: Town) -> None:
    async with town.hub.database.transaction() as session:
        await session.execute(update(Version).values(registry_jws=None))
    town.pages.forget()
    assert (await town.get("/v/12/")).status_code == 410
    async with town.hub.database.transaction() as session:
        await session.execute(update(Version).values(registry_jws="x", state=VersionState.PREVIOUS))
    town.pages.forget()
    assert (await town.get("/v/12/")).status_code == 410


async def test_without_an_origin_the_same_files_come_in_a_sandbox(town: Town) -> None:
    base = f"/v1/miniapps/{APP}/pages/12/"
    page = await town.hub.client.get(base)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "sandbox allow-scripts allow-forms" in policy
    assert f"script-src http://localhost:8000{base};" in policy
    assert "x-frame-options" not in page.headers
    assert page.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert (await town.hub.client.get("/v1/miniapps")).headers["x-frame-options"] == "DENY"


async def test_a_host_is_told_what_to_frame_and_a_link_is_drawn(town: Town) -> None:
    told = (await town.hub.client.get(f"/v1/miniapps/{APP}/host")).json()
    assert (told["version_code"], told["page_base"], told["frame_origin"]) == (12, f"{OWN}/v/12/", OWN)
    assert told["sandbox"] == "allow-scripts allow-forms allow-same-origin"
    assert told["manifest"]["app_id"] == APP
    assert (await town.hub.client.get(told["icon"])).headers["content-type"] == "image/png"
    drawn = await town.hub.client.get(f"/v1/miniapps/{APP}/link.svg", params={"page": "pages/ticket"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert (await town.hub.client.get(f"/v1/miniapps/{APP}/link.svg", params={"page": "a b"})).status_code == 422


async def test_a_watch_tells_of_a_stop_and_ends_with_the_process(town: Town) -> None:
    heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()

    async def listen() -> None:
        async for line in town.watches.lines(Watched(APP, 12)):
            if line.startswith(b"data: "):
                await heard.put(json.loads(line[6:]))

    listening = asyncio.create_task(listen())
    async with asyncio.timeout(5):
        assert await heard.get() == {"running": True, "reason": None, "stopped": {}}
        await town.stop()
        assert await heard.get() == {"running": False, "reason": {"vi": REASON.vi, "en": REASON.en}, "stopped": {}}
    town.watches.close()
    await asyncio.wait_for(listening, 2)


async def test_one_address_does_not_take_every_watch_and_none_lasts_for_ever(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_OF_ONE", 2)
    greedy = [town.watches.lines(Watched(APP, 12), "203.0.113.7") for _ in range(2)]
    for one in greedy:
        await anext(one)
    assert town.watches.full("203.0.113.7")
    assert not town.watches.full("198.51.100.1")
    for one in greedy:
        await one.aclose()  # type: ignore[attr-defined]  # a generator
    assert not town.watches.full("203.0.113.7")
    monkeypatch.setattr(watching, "LIFE", 0.0)
    assert [line async for line in town.watches.lines(Watched(APP, 12))] == [b"retry: 1000\n\n"]
