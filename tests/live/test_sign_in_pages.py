"""The other ways in and the recovery, in a real browser: with and without scripts, in both languages, readable by everybody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from sqlalchemy import update

from hanoismart.clock import now
from identity.contacts import service as contacts
from identity.contacts.numbers import read
from identity.factors import passwords
from identity.factors.passwords import Passwords
from identity.recovery.models import Recovery
from kernel.pool import Pool
from tests.live.test_pages import LOOKS, Visit, visiting
from tests.support.browser import UNFOCUSED, Watched, chromium, watching
from tests.support.live import Live

pytestmark = pytest.mark.page
GOOD = "chiếc thuyền ngoài xa 1987"


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def a_member(live: Live, number: str) -> UUID:
    """Somebody signed in on a phone, with a number and a password."""
    phone = await live.phone(name="Lan", phone=False)
    person = await live.person_of(phone)
    async with live.database.transaction() as session:
        await contacts._take(session, person, read(number))
        await passwords.keep(session, person, GOOD, Passwords(Pool("test", workers=1)))
    return person


async def scan(live: Live, visit: Visit) -> tuple[Any, str]:
    """The phone of somebody signed in scans the code on the page; the phone, and the request's path."""
    phone = await live.phone(name="Minh")
    reference = await visit.seen.page.locator("#wait input[name=reference]").get_attribute("value")
    scanned = (await phone.call("POST", "/v1/me/sign-in-scans", json={"reference": reference})).raise_for_status().json()
    return phone, f"/v1/me/sign-ins/{scanned['id']}"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_another_devices_yes_signs_this_browser_in(live: Live, chrome: Browser, tmp_path: Path, scripts: bool) -> None:
    async with visiting(live, chrome, java_script_enabled=scripts) as visit:
        await visit.open()
        page = visit.seen.page
        await page.get_by_role("button", name="Dùng điện thoại để quét mã").click()
        await expect(page.get_by_role("img", name="Mã QR để đăng nhập")).to_be_visible()
        await page.screenshot(path=tmp_path / "qr.png", full_page=True)
        number = await page.locator(".number").inner_text()
        phone, path = await scan(live, visit)
        assert (await phone.call("POST", f"{path}/approve", json={"number": int(number)})).status_code == 204
        if not scripts:
            await page.get_by_role("button", name="Tôi đã phê duyệt").click()
        query = await visit.back()
        redeemed = await visit.phone.redeem(query["code"][0], visit.verifier, redirect_uri=visit.redirect)
        assert redeemed.status_code == 200, redeemed.text
        assert visit.seen.complaints == []


async def test_a_password_is_typed_and_a_wrong_one_is_said_beside_its_fields(live: Live, chrome: Browser, tmp_path: Path) -> None:
    await a_member(live, "0914 000 001")
    async with visiting(live, chrome) as visit:
        await visit.open()
        page = visit.seen.page
        await page.get_by_role("button", name="Dùng mật khẩu").click()
        await page.get_by_label("Số điện thoại hoặc e-mail").fill("0914 000 001")
        await page.get_by_label("Mật khẩu").fill("not this one at all")
        await page.get_by_role("button", name="Đăng nhập").click()
        await expect(page.get_by_role("alert")).to_contain_text("không đúng")
        assert await page.get_by_label("Mật khẩu").get_attribute("aria-describedby") == "alert"
        assert await visit.seen.faults() == []
        await page.screenshot(path=tmp_path / "password.png", full_page=True)
        await page.get_by_label("Số điện thoại hoặc e-mail").fill("0914 000 001")
        await page.get_by_label("Mật khẩu").fill(GOOD)
        await page.get_by_role("button", name="Đăng nhập").click()
        assert "code" in await visit.back()


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_way_can_be_read_and_used_by_everybody(
    live: Live, chrome: Browser, tmp_path: Path, language: str, look: dict[str, Any]
) -> None:
    async with visiting(live, chrome, language=language, **look) as visit:
        seen, page = visit.seen, visit.seen.page
        for way in ("qr", "way_push", "way_password"):
            await visit.open()
            async with page.expect_navigation():
                await page.locator(f"button[value={way}]").click()
            await expect(page.locator(f"button[value={way}]")).to_have_count(1 if way == "qr" else 0)
            await readable(seen, language, tmp_path / f"{way}.png")
        await visit.open()
        async with page.expect_navigation():
            await page.locator("a.language").click()
        assert await page.get_attribute("html", "lang") == ({"vi", "en"} - {language}).pop()
        assert seen.complaints == []
        own = [url for url in seen.asked if not url.startswith(visit.redirect)]
        assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in own} == {live.base}


async def readable(seen: Watched, language: str, shot: Path) -> None:
    assert await seen.page.get_attribute("html", "lang") == language
    assert await seen.faults() == []
    assert await seen.page.evaluate("[...document.querySelectorAll('input:not([type=hidden])')].every((one) => one.labels.length === 1)")
    await seen.page.keyboard.press("Tab")
    assert not await seen.page.evaluate(UNFOCUSED)
    await seen.page.screenshot(path=shot, full_page=True)


@pytest.mark.parametrize(("language", "number"), [("vi", "0914 000 002"), ("en", "0914 000 003")])
async def test_a_recovery_from_its_first_page_to_a_new_passkey(
    live: Live, chrome: Browser, tmp_path: Path, language: str, number: str
) -> None:
    person = await a_member(live, number)
    async with watching(chrome, live.base, language=language) as seen:
        page = seen.page
        await page.goto("/oauth/recovery")
        await readable(seen, language, tmp_path / "start.png")
        await page.locator("#identifier").fill(number)
        async with page.expect_navigation():
            await page.locator("button[value=start]").click()
        await readable(seen, language, tmp_path / "prove.png")
        await page.locator("#password").fill(GOOD)
        async with page.expect_navigation():
            await page.locator("button[value=prove_password]").click()
        async with page.expect_navigation():
            await page.locator("button[value=send_sms]").click()
        told = await live.message_to(read(number).e164)
        await page.locator("#sent").fill("".join(one for one in told if one.isdigit())[:6])
        async with page.expect_navigation():
            await page.locator("button[value=prove_code]").click()
        await expect(page.locator("time")).to_be_visible()
        await readable(seen, language, tmp_path / "waiting.png")
        async with live.database.transaction() as session:  # three days pass
            await session.execute(update(Recovery).where(Recovery.person_id == person).values(ready_at=now()))
        await page.reload()
        await readable(seen, language, tmp_path / "ready.png")
        async with page.expect_navigation():
            await page.locator("button[value=complete]").click()
        await seen.authenticator()
        await readable(seen, language, tmp_path / "done.png")
        await page.locator("#enrol button").click()
        await expect(page.locator("#made")).to_be_visible()
        assert seen.complaints == []


async def test_the_link_of_a_notice_stops_a_recovery_without_signing_in(live: Live, chrome: Browser, tmp_path: Path) -> None:
    number = "0914 000 004"
    await a_member(live, number)
    started = (await live.http.post("/v1/recovery", json={"identifier": number})).raise_for_status().json()
    path, headers = f"/v1/recovery/{started['id']}", {"Recovery-Secret": started["secret"]}
    await live.http.post(f"{path}/proofs/password", json={"password": GOOD}, headers=headers)
    flow = (await live.http.post(f"{path}/codes", json={"channel": "sms"}, headers=headers)).json()["flow_id"]
    told = await live.message_to(read(number).e164)
    code = "".join(one for one in told if one.isdigit())[:6]
    proved = await live.http.post(f"{path}/proofs/code", json={"flow_id": flow, "code": code}, headers=headers)
    assert proved.json()["state"] == "waiting", proved.text
    link = ""
    for _ in range(100):
        link = next((word for word in (await live.message_to(read(number).e164)).split() if "/stop?token=" in word), "")
        if link:
            break
        await asyncio.sleep(0.1)
    async with watching(chrome, live.base) as seen:
        await seen.page.goto(link)
        await readable(seen, "vi", tmp_path / "stop.png")
        await seen.page.get_by_role("button", name="Huỷ việc khôi phục").click()
        await expect(seen.page.get_by_role("heading", level=1)).to_have_text("Đã huỷ việc khôi phục.")
        assert await seen.faults() == []
        assert seen.complaints == []
    assert (await live.http.get(path, headers=headers)).json()["state"] == "cancelled"
