"""Agreeing to share, confirming a payment and letting a device in, in a real browser: nothing ticked, all of it readable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from hanoismart.ids import new_id
from identity.oauth.details import PAYMENT, SIGNING
from tests.live.test_pages import LOOKS, Visit, visiting
from tests.support.browser import UNFOCUSED, chromium
from tests.support.live import Live
from tests.support.partners import Partner

pytestmark = pytest.mark.page
CLAIMS = orjson.dumps({"userinfo": {"birthdate": {"essential": True}}}).decode()
PAY = {"type": PAYMENT, "amount": 125_000, "currency": "VND", "payee": "Thư viện Hà Nội", "reference": "THE-1"}
LABELLED = "[...document.querySelectorAll('input:not([type=hidden])')].every((one) => one.labels.length === 1)"


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@asynccontextmanager
async def at_partner(live: Live, chrome: Browser, **look: Any) -> AsyncIterator[tuple[Visit, Partner]]:
    """Lan's browser with her passkey, and a relying party that listens where the browser can reach it."""
    async with visiting(live, chrome, **look) as visit:
        await visit.enrol()
        partner = Partner(live.http, client_id=f"partner-{new_id().hex}", base=live.base, redirect=visit.redirect)
        yield visit, await partner.keep(live.database, details_types=(PAYMENT, SIGNING), device_grant=True)


async def go(visit: Visit, partner: Partner, **more: Any) -> None:
    """From the partner's redirect, through the passkey, to the screen of agreement."""
    uri = await partner.request_uri(**more)
    await visit.seen.page.goto(f"/oauth/authorize?client_id={partner.client_id}&request_uri={uri}")
    await visit.seen.page.locator("#passkey button.primary, form button.primary").first.click()
    await expect(visit.seen.page.locator("form[action='/oauth/consent']")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize(("language", "words"), [("vi", "Bạn đồng ý chia sẻ?"), ("en", "Do you agree to share?")])
async def test_each_thing_has_its_box_and_none_is_ticked(
    live: Live, chrome: Browser, tmp_path: Path, language: str, words: str, look: dict[str, Any]
) -> None:
    async with at_partner(live, chrome, language=language, **look) as (visit, partner):
        await go(visit, partner, scope="openid profile email", claims=CLAIMS)
        page, seen = visit.seen.page, visit.seen
        await expect(page.get_by_role("heading", level=1)).to_have_text(words)
        assert await page.get_attribute("html", "lang") == language
        assert await page.get_by_role("checkbox").count() == 3
        assert await page.get_by_role("checkbox", checked=True).count() == 0
        assert await page.evaluate(LABELLED)
        assert await seen.faults() == []
        await page.screenshot(path=tmp_path / "consent.png", full_page=True)
        await page.keyboard.press("Tab")
        assert not await page.evaluate(UNFOCUSED)
        await page.get_by_role("checkbox").first.press("Space")
        await page.locator("button[value=allow]").click()
        given = (await partner.redeem((await visit.back())["code"][0])).json()
        assert given["scope"] == "openid profile"
        assert seen.complaints == []
        own = [url for url in seen.asked if not url.startswith(visit.redirect)]
        assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in own} == {live.base}


async def test_refusing_goes_back_and_says_so(live: Live, chrome: Browser) -> None:
    async with at_partner(live, chrome) as (visit, partner):
        await go(visit, partner)
        await visit.seen.page.get_by_role("button", name="Từ chối").click()
        assert (await visit.back())["error"] == ["access_denied"]


async def test_the_language_can_be_changed_before_agreeing(live: Live, chrome: Browser) -> None:
    async with at_partner(live, chrome) as (visit, partner):
        await go(visit, partner)
        await visit.seen.page.get_by_role("link", name="English").click()
        await expect(visit.seen.page.get_by_role("heading", level=1)).to_have_text("Do you agree to share?")


async def test_a_payment_stands_in_plain_words(live: Live, chrome: Browser, tmp_path: Path) -> None:
    async with at_partner(live, chrome) as (visit, partner):
        await go(visit, partner, authorization_details=orjson.dumps([PAY]).decode(), response_mode="form_post")
        page = visit.seen.page
        await expect(page.locator("main")).to_contain_text("Thanh toán 125.000 đ cho Thư viện Hà Nội")
        assert await visit.seen.faults() == []
        await page.screenshot(path=tmp_path / "payment.png", full_page=True)
        await page.get_by_role("button", name="Tiếp tục").click()
        await page.wait_for_url(f"{visit.redirect}**")


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_device_is_let_in_by_the_code_it_shows(live: Live, chrome: Browser, tmp_path: Path, language: str) -> None:
    async with at_partner(live, chrome, language=language) as (visit, partner):
        started = (await partner.send("/oauth/device_authorization", {"scope": "openid profile"})).json()
        page = visit.seen.page
        await page.goto("/oauth/device")
        assert await visit.seen.faults() == []
        assert await page.evaluate(LABELLED)
        await page.locator("#user_code").fill("BBBB-BBBB")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await visit.seen.faults() == []
        await page.screenshot(path=tmp_path / "device.png", full_page=True)
        await page.locator("#user_code").fill(started["user_code"].lower())
        async with page.expect_navigation():  # the next page has such a button too
            await page.keyboard.press("Enter")
        await page.locator("form button.primary").first.click()
        await expect(page.locator("main")).to_contain_text(started["user_code"])
        await page.get_by_role("checkbox").first.check()
        await page.locator("button[value=allow]").click()
        await expect(page.get_by_role("status")).to_be_visible()
        assert await visit.seen.faults() == []
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": started["device_code"]}
        assert (await partner.token(form)).json()["scope"] == "openid profile"
