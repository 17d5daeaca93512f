"""The pages in a real browser: the first page, the documentation, and signing in with a passkey."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.demo.devices.mobile import CLIENT_ID, Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.fakes.serving import serving
from identity.proofing import enrolments
from tests.support.browser import CREATE, NARROW, UNFOCUSED, Watched, chromium, watching
from tests.support.live import Live
from tests.support.people import a_person

pytestmark = pytest.mark.page
LOOKS: tuple[dict[str, Any], ...] = ({}, {"color_scheme": "dark"}, {"viewport": NARROW})


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("language", "words"), [("vi", "Máy chủ đang chạy"), ("en-GB", "The server is running")])
async def test_the_first_page_in_both_languages(live: Live, browser: Browser, tmp_path: Path, language: str, words: str) -> None:
    for number, look in enumerate(LOOKS):
        async with watching(browser, live.base, language=language, **look) as seen:
            await seen.page.goto("/")
            await expect(seen.page.locator("main")).to_contain_text(words)
            assert await seen.page.get_attribute("html", "lang") == language[:2]
            assert await seen.faults() == []
            await seen.page.keyboard.press("Tab")
            assert not await seen.page.evaluate(UNFOCUSED)
            assert seen.complaints == []
            await seen.page.screenshot(path=tmp_path / f"home-{number}.png", full_page=True)


async def test_every_link_of_the_first_page_leads_somewhere(live: Live, browser: Browser) -> None:
    async with watching(browser, live.base) as seen:
        await seen.page.goto("/")
        links = await seen.page.locator("a").evaluate_all("found => found.map(link => link.getAttribute('href'))")
    assert len(links) > 5
    assert [link for link in links if (await live.http.get(link)).status_code != 200] == []


async def test_the_documentation_comes_from_our_own_origin(live: Live, browser: Browser, tmp_path: Path) -> None:
    async with watching(browser, live.base) as seen:
        await seen.page.goto("/docs")
        await expect(seen.page.locator("#operations-people-people_me")).to_be_visible()
        await seen.page.locator("#operations-people-people_me .opblock-summary-control").click()
        await expect(seen.page.locator("#operations-people-people_me .responses-wrapper")).to_contain_text("display_name")
        await seen.page.screenshot(path=tmp_path / "docs.png")
        assert len(await scrolled_past(seen)) > 60
        assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in seen.asked if not url.startswith("data:")} == {live.base}
        assert seen.complaints == []


async def scrolled_past(seen: Watched) -> set[str]:
    """The operations a reader comes by; a long document is drawn where one looks."""
    ids: set[str] = set()
    for _ in range(100):
        ids |= set(await seen.page.locator(".opblock").evaluate_all("found => found.map(one => one.id)"))
        if len(ids) > 60:
            break
        await seen.page.mouse.wheel(0, 1500)
        await asyncio.sleep(0.1)
    return ids


class Visit:
    """A person at the sign-in page, where the mobile app has sent her."""

    def __init__(self, live: Live, seen: Watched, app: str) -> None:
        """`app`: where the app listens on this machine (RFC 8252, section 7.3)."""
        self.live, self.seen, self.redirect = live, seen, f"{app}/callback"
        self.phone = Phone(live.http, SoftwarePasskey(live.base))
        self.verifier = secrets.token_urlsafe(48)

    async def enrol(self, *, register: bool = True) -> None:
        """A passkey made by the browser on a page of ours; unless `register`, the house never hears of it."""
        await self.seen.authenticator()
        async with self.live.database.transaction() as session:
            secret = await enrolments.issue(session, await a_person(session, name="Lan"))
        ask = (await self.live.http.post("/v1/credentials/passkeys/options", json={"enrolment": secret})).raise_for_status().json()
        await self.seen.page.goto("/")
        made = await self.seen.page.evaluate(CREATE, ask["options"])
        if register:
            body = {"enrolment": secret, "challenge_id": ask["challenge_id"], "credential": made, "label": "Trình duyệt"}
            (await self.live.http.post("/v1/credentials/passkeys", json=body)).raise_for_status()

    async def open(self) -> None:
        """The app pushes its request and opens the page."""
        pushed = (await self.phone.push(self.verifier, state="s1", redirect_uri=self.redirect)).raise_for_status().json()
        await self.seen.page.goto(f"/oauth/authorize?client_id={CLIENT_ID}&request_uri={pushed['request_uri']}")

    async def back(self) -> dict[str, list[str]]:
        await self.seen.page.wait_for_url(f"{self.redirect}**")
        return parse_qs(urlsplit(self.seen.page.url).query)


@asynccontextmanager
async def visiting(live: Live, browser: Browser, **look: Any) -> AsyncIterator[Visit]:
    listener = Starlette(routes=[Route("/{anything}", lambda _request: PlainTextResponse("back in the app"))])
    async with serving(listener) as app, watching(browser, live.base, **look) as seen:
        yield Visit(live, seen, app)


@pytest_asyncio.fixture
async def visit(live: Live, browser: Browser) -> AsyncIterator[Visit]:
    async with visiting(live, browser) as visit:
        yield visit


async def test_signing_in_with_a_passkey(visit: Visit, tmp_path: Path) -> None:
    await visit.enrol()
    await visit.open()
    page = visit.seen.page
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đăng nhập")
    await expect(page.locator("main")).to_contain_text("Ứng dụng HanoiSmart")
    await page.screenshot(path=tmp_path / "sign-in.png")
    await page.get_by_role("button", name="Dùng khoá truy cập").click()
    query = await visit.back()
    assert (query["iss"], query["state"]) == ([visit.live.base], ["s1"])
    redeemed = await visit.phone.redeem(query["code"][0], visit.verifier, redirect_uri=visit.redirect)
    assert redeemed.status_code == 200, redeemed.text
    assert visit.seen.complaints == []


async def test_cancelling_says_so_to_the_app(visit: Visit) -> None:
    await visit.enrol()
    await visit.open()
    await visit.seen.page.get_by_role("button", name="Huỷ").click()
    query = await visit.back()
    assert (query["error"], query["iss"], query["state"]) == (["access_denied"], [visit.live.base], ["s1"])


async def test_a_passkey_nobody_knows_brings_the_page_again_with_a_word(visit: Visit, tmp_path: Path) -> None:
    await visit.enrol(register=False)
    await visit.open()
    page = visit.seen.page
    await page.get_by_role("button", name="Dùng khoá truy cập").click()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("Không xác minh được khoá truy cập"))
    await expect(page.get_by_role("button", name="Dùng khoá truy cập")).to_be_enabled()
    assert await visit.seen.faults() == []
    await page.screenshot(path=tmp_path / "refused.png")
    assert urlsplit(page.url).path == "/oauth/authorize"


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_sign_in_page_can_be_read_and_used_by_everybody(
    live: Live, browser: Browser, tmp_path: Path, language: str, look: dict[str, Any]
) -> None:
    async with visiting(live, browser, language=language, **look) as visit:
        seen = visit.seen
        await visit.open()
        assert await seen.page.get_attribute("html", "lang") == language
        assert await seen.faults() == []
        for _ in range(2):
            await seen.page.keyboard.press("Tab")
            assert not await seen.page.evaluate(UNFOCUSED)
        await seen.page.screenshot(path=tmp_path / "sign-in.png")
        await seen.page.goto("/oauth/logout")
        assert await seen.faults() == []
        assert seen.complaints == []
