"""`hs dev` in a real browser: a citizen agrees, the app runs in its own origin, sheets answer, a change reloads, the switch kills."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, expect

from hanoismart.cli import creating
from tests.support.browser import NARROW, Watched, chromium, watching
from tests.support.live import free_port

pytestmark = pytest.mark.page


@dataclass
class Dev:
    """A running emulator of one template."""

    folder: Path
    base: str


@asynccontextmanager
async def developing(folder: Path, template: str, app_id: str) -> AsyncIterator[Dev]:
    await asyncio.to_thread(creating.create, folder, template, app_id)
    port = str(free_port())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hanoismart.cli.main",
        "dev",
        "--json",
        "--port",
        port,
        cwd=folder,
        env=os.environ | {"HS_LANG": "en"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        yield Dev(folder, json.loads(line)["url"])
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 15)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dev]:
    async with developing(tmp_path_factory.mktemp("dev") / "list", "web", "vn.example.list") as dev:
        yield dev


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def full(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dev]:
    async with developing(tmp_path_factory.mktemp("dev") / "greetings", "full", "vn.example.greetings") as dev:
        yield dev


def guest(seen: Watched) -> FrameLocator:
    return seen.page.frame_locator("#stage iframe")


@pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": NARROW}], ids=["light", "dark", "narrow"]
)
async def test_the_host_page_is_for_everybody(web: Dev, chrome: Browser, tmp_path: Path, look: dict[str, Any]) -> None:
    async with watching(chrome, web.base, **look) as seen:
        await seen.page.goto("/")
        await expect(guest(seen).locator("h1")).to_have_text("Danh sách của tôi")
        assert await seen.faults() == []
        await seen.page.screenshot(path=tmp_path / "host.png", full_page=True)
        # Chromium says this of every frame with both words; ours has an origin of its own, so nothing is escaped.
        assert [one for one in seen.complaints if "escape its sandboxing" not in one] == []


async def test_the_app_keeps_a_list_and_scans_what_is_pasted(web: Dev, chrome: Browser) -> None:
    async with watching(chrome, web.base) as seen:
        page, app = seen.page, guest(seen)
        await page.goto("/")
        await app.locator("#text").fill("Gạo")
        await app.locator("#save").click()
        await expect(app.locator("#items li")).to_have_text(["Gạo"])
        await app.locator("#scan").click()
        await page.locator("#sheet-input").fill("8930001")
        await page.locator("#sheet button[value=yes]").click()
        await expect(app.locator("#items li")).to_have_text(["Gạo", "8930001"])
        await page.reload()
        await expect(guest(seen).locator("#items li")).to_have_text(["Gạo", "8930001"])
        await guest(seen).locator("#scan").click()
        await page.keyboard.press("Escape")
        await expect(guest(seen).locator("#status")).not_to_be_empty()
        await page.locator("#citizen").select_option("2")
        await expect(guest(seen).locator("#items li")).to_have_count(0)
        await page.locator("#citizen").select_option("1")


async def test_a_change_of_a_file_is_seen_at_once(web: Dev, chrome: Browser) -> None:
    async with watching(chrome, web.base) as seen:
        await seen.page.goto("/")
        await expect(guest(seen).locator("h1")).to_have_text("Danh sách của tôi")
        script = web.folder / "app" / "app.js"
        good = script.read_text()
        script.write_text(good.replace("Danh sách của tôi", "Danh sách mới"))
        await expect(guest(seen).locator("h1")).to_have_text("Danh sách mới", timeout=10_000)
        script.write_text(good)
        await expect(guest(seen).locator("h1")).to_have_text("Danh sách của tôi", timeout=10_000)


async def test_the_policy_of_production_blocks_and_a_missing_permission_is_named(web: Dev, chrome: Browser) -> None:
    async with watching(chrome, web.base) as seen:
        await seen.page.goto("/")
        await expect(guest(seen).locator("h1")).to_have_text("Danh sách của tôi")
        (frame,) = [one for one in seen.page.frames if "apps.localhost" in one.url]
        blocked = "async () => { try { await fetch('https://elsewhere.example/'); return 'open'; } catch { return 'blocked'; } }"
        assert await frame.evaluate(blocked) == "blocked"
        asked = "async () => { const { connect } = await import('./hs/bridge.js'); return typeof connect; }"
        assert await frame.evaluate(asked) == "function"
        script = web.folder / "app" / "app.js"
        good = script.read_text()
        script.write_text(good.replace("const items =", "hs.geo.get().catch(() => undefined);\n  const items ="))
        await expect(seen.page.locator("#missing li").first).to_contain_text("location.fine", timeout=10_000)
        script.write_text(good)


async def test_a_citizen_agrees_scope_by_scope_and_the_backend_answers(full: Dev, chrome: Browser) -> None:
    async with watching(chrome, full.base) as seen:
        page, app = seen.page, guest(seen)
        await page.goto("/")
        boxes = page.locator("#sheet input[type=checkbox]")
        await expect(boxes).to_have_count(2)
        assert await page.locator("#sheet input:checked").count() == 0
        await expect(page.locator("#sheet")).to_contain_text("Để chào bạn bằng tên")
        await boxes.first.check()
        await page.locator("#sheet button[value=yes]").click()
        await expect(app.locator("#hello")).to_contain_text("Nguyễn Thử Lan 01")
        await app.locator("#text").fill("Xin chào")
        await app.locator("#send").click()
        await expect(app.locator("#greetings li")).to_have_text(["Nguyễn Thử Lan 01: Xin chào"])
        await expect(page.locator("#log")).to_contain_text("/greetings 201")


async def test_the_kill_switch_blanks_the_frame_within_a_second(full: Dev, chrome: Browser) -> None:
    async with watching(chrome, full.base) as seen:
        page = seen.page
        await page.goto("/")
        await page.locator("#citizen").select_option("3")
        await page.locator("#sheet button[value=no]").click()
        await expect(guest(seen).locator("#hello")).to_be_visible()
        await page.locator("#kill").click()
        await expect(page.locator("#stage iframe")).to_have_count(0, timeout=1_000)
        await expect(page.locator("#notice")).to_contain_text("Thử công tắc ngắt")
        await page.locator("#kill").click()
        await expect(guest(seen).locator("#hello")).to_be_visible()


async def test_the_host_speaks_english_and_so_does_the_app(web: Dev, chrome: Browser) -> None:
    async with watching(chrome, web.base, language="en") as seen:
        await seen.page.goto("/")
        await seen.page.locator("#language").select_option("en")
        await expect(guest(seen).locator("h1")).to_have_text("My list")
        await expect(seen.page.locator("#open")).to_have_text("Open again")
