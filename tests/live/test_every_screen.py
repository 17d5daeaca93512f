"""Every screen of identity, in both languages, under axe-core's rules for WCAG 2.2 AA, from our own origin, and without scripts."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from identity.mandates import wards
from identity.mandates.models import Ground
from identity.people.models import Person
from tests.live.test_consent_pages import at_partner, go
from tests.live.test_pages import visiting
from tests.live.test_sign_in_pages import GOOD, a_member
from tests.support.browser import Watched, chromium, watching
from tests.support.live import Live
from tests.support.people import a_person

pytestmark = pytest.mark.page
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
TEMPLATES = {path.name for path in (Path(__file__).parents[2] / "identity/pages/templates").glob("*.html")} - {"base.html"}
WITHOUT_A_LOOK = {"form_post.html": "it leaves at once where there are scripts; the last test presses its button where there are none"}
OPEN_PAGES = {
    "error.html": "/oauth/authorize?client_id=nobody&request_uri=none",
    "sign_out.html": "/oauth/logout",
    "recovery.html": "/oauth/recovery",
    "recovery_stop.html": "/oauth/recovery/stop?token=none",
    "device.html": "/oauth/device",
    "scan.html": "/oauth/scan/none",
}


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def sound(seen: Watched, language: str) -> None:
    """Nothing against the page as it stands: neither by axe, nor by our own eyes, and all of it in one language from one place."""
    found = await Axe().run(seen.page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert await seen.faults() == []
    assert await seen.page.get_attribute("html", "lang") == language


async def pressed(seen: Watched, button: str) -> None:
    async with seen.page.expect_navigation():
        await seen.page.locator(button).first.click()


def asked_only(seen: Watched, live: Live, *more: str) -> None:
    own = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in seen.asked if not url.startswith(("data:", *more))}
    assert own == {live.base}


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_what_anybody_may_open(live: Live, chrome: Browser, language: str) -> None:
    async with watching(chrome, live.base, language=language) as seen:
        for path in OPEN_PAGES.values():
            answer = await seen.page.goto(path)
            assert answer is not None
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            await sound(seen, language)
        await seen.page.goto(OPEN_PAGES["recovery.html"])
        await seen.page.locator("#identifier").fill(" ")
        await pressed(seen, "button[value=start]")
        await expect(seen.page.get_by_role("alert")).to_be_visible()
        await sound(seen, language)
        asked_only(seen, live)
    assert set(OPEN_PAGES) <= TEMPLATES


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_what_leads_into_an_account(live: Live, chrome: Browser, language: str) -> None:
    async with visiting(live, chrome, language=language) as visit:
        for way in ("", "qr", "way_push", "way_password"):
            await visit.open()
            if way:
                await pressed(visit.seen, f"button[value={way}]")
            await sound(visit.seen, language)
        asked_only(visit.seen, live, visit.redirect)
    async with at_partner(live, chrome, language=language) as (visit, partner):
        await go(visit, partner, scope="openid profile email")
        await sound(visit.seen, language)
        await visit.seen.page.goto("/oauth/logout")
        await expect(visit.seen.page.locator("form button.primary")).to_be_visible()
        await sound(visit.seen, language)
        asked_only(visit.seen, live, visit.redirect)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_what_lets_a_device_in(live: Live, chrome: Browser, language: str) -> None:
    async with at_partner(live, chrome, language=language) as (visit, partner):
        started = (await partner.send("/oauth/device_authorization", {"scope": "openid profile"})).json()
        await visit.seen.page.goto("/oauth/device")
        await visit.seen.page.locator("#user_code").fill(started["user_code"])
        await pressed(visit.seen, "form button")
        await visit.seen.page.locator("form button.primary").first.click()
        await visit.seen.page.get_by_role("checkbox").first.check()
        await sound(visit.seen, language)
        await visit.seen.page.locator("button[value=allow]").click()
        await expect(visit.seen.page.get_by_role("status")).to_be_visible()
        await sound(visit.seen, language)  # device_done.html
        asked_only(visit.seen, live, visit.redirect)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_ward_is_told_that_the_guardian_must_agree(live: Live, chrome: Browser, language: str) -> None:
    async with at_partner(live, chrome, language=language) as (visit, partner):
        async with live.database.transaction() as session:
            newest = await session.scalar(
                Person.__table__.select().with_only_columns(Person.id).order_by(Person.created_at.desc()).limit(1)
            )
            assert newest is not None
            (await session.get_one(Person, newest)).adult_on = date(2040, 1, 1)
            guardian, officer = await a_person(session, name="Minh"), await a_person(session, name="Thu")
            asked = await wards.ask(session, guardian, newest, Ground.PARENT, reference="birth certificate")
            await wards.confirm(session, asked.id, officer_id=officer)
        await go(visit, partner, scope="openid profile")
        await visit.seen.page.get_by_role("checkbox").first.check()
        await pressed(visit.seen, "button[value=allow]")
        await expect(visit.seen.page.get_by_role("status")).to_be_visible()
        await sound(visit.seen, language)


async def test_without_scripts_a_password_signs_in_agrees_and_signs_out(live: Live, chrome: Browser) -> None:
    number = "0914 000 077"
    await a_member(live, number)
    async with visiting(live, chrome, java_script_enabled=False) as visit:
        page = visit.seen.page
        pushed = await visit.phone.push(visit.verifier, state="s1", redirect_uri=visit.redirect, response_mode="form_post")
        uri = pushed.raise_for_status().json()["request_uri"]
        await page.goto(f"/oauth/authorize?client_id=hanoismart-mobile&request_uri={uri}")
        await pressed(visit.seen, "button[value=way_password]")
        await page.locator("#identifier").fill(number)
        await page.locator("#password").fill(GOOD)
        await pressed(visit.seen, "form button.primary")
        assert re.search(r"name=\"code\" value=\"[^\"]+\"", await page.content()), "form_post.html waits for its button"
        await page.goto("/oauth/logout")
        await pressed(visit.seen, "button.primary")
        assert await page.locator("form").count() == 0
        asked_only(visit.seen, live, visit.redirect)


def test_no_screen_is_left_out() -> None:
    looked_at = {*OPEN_PAGES, "sign_in.html", "consent.html", "consent_waiting.html", "device_done.html"}
    assert looked_at | set(WITHOUT_A_LOOK) == TEMPLATES
