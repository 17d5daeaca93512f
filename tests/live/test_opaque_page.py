"""A house without wildcard names: mini-apps run in a sandbox without an origin, reach their gateway, and keep things by the bridge."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.live.test_miniapp_page import opening, published
from tests.support.browser import chromium
from tests.support.databases import clone, drop
from tests.support.live import Live, living

pytestmark = pytest.mark.page


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture
async def nameless(template_database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    url = await clone(template_database)
    async with living(url, redis_url, tmp_path, page_origins="opaque") as running:
        yield running
    await drop(url)


async def test_an_app_without_an_origin_runs_by_the_bridge_alone(nameless: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.nameless"
    await published(nameless, tmp_path / "app", app_id)
    async with opening(nameless, chrome, app_id) as at:
        assert at.guest.url == f"{nameless.base}/v1/miniapps/{app_id}/pages/12/index"
        assert await at.guest.evaluate("self.origin") == "null"
        assert (await at.call("storage.set", {"entries": {"spot": "A7"}}))["size"] > 0
        assert await at.call("storage.get", {"keys": ["spot"]}) == {"entries": {"spot": "A7"}}
        # The gateway lets it in and says itself that nobody answers there; the hub's other routes stay shut.
        assert await at.guest.evaluate("window.hs.fetch('/parks').then((answer) => answer.status, () => 'blocked')") != "blocked"
        assert await at.guest.evaluate("fetch('/v1/miniapps').then(() => 'let out', () => 'blocked')") == "blocked"
        assert await at.guest.evaluate("(() => { try { return document.cookie; } catch { return 'none'; } })()") in {"", "none"}
