"""A mini-app run in the web shell by a real person in a real browser: consent, the bridge's handlers, and the end of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Frame, expect
from sqlalchemy import select

from app.city import SHELL
from app.demo import seed
from hanoismart.emulator.citizens import CITIZENS, CODE
from hanoismart.text import Text
from identity.api import clients, demo
from identity.disclosures.models import Disclosure
from kernel.blobs import open_blobs
from kernel.settings import settings
from plugins.api import registry
from plugins.codes.models import AttributeCode
from plugins.grants.models import NotificationGrant
from plugins.ratings.models import Rating
from plugins.registry.placement import InProcess
from tests.live.test_pages import LOOKS, Visit, visiting
from tests.support.browser import UNFOCUSED, chromium
from tests.support.framing import GUEST, INDEX
from tests.support.live import REPOSITORY, Live
from tests.support.miniapps import manifest
from tests.support.pages import shown

pytestmark = pytest.mark.page
SCOPES = [
    {"scope": "profile.name", "optional": False, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}},
    {"scope": "phone", "optional": True, "purpose": {"vi": "Gọi khi có sự cố", "en": "Call you in an incident"}},
]
REASONS = {"location.coarse": "Find car parks near you", "scan.qr": "Scan your ticket", "media.pick": "Send a picture of the fault"}
PAYEE = {"kind": "operator", "key": "khai-thac-diem-do", "name": "CONG TY KHAI THAC", "bank_bin": "970436", "account": "0011001234567"}
# What Chromium says of any refused request, and of sandboxes whose page, unlike here, could share its parent's origin.
EXPECTED = ("status of 409", "can escape its sandboxing")
# Whether each sheet was beyond reach in the moment it came.
FIRST_SEEN = """() => {
  window.seen = [];
  new MutationObserver((changes) => {
    for (const one of changes) for (const made of one.addedNodes) if (made.nodeName === "DIALOG") window.seen.push(made.inert);
  }).observe(document.body, { childList: true });
}"""
# When the app's page went, in milliseconds since 1970, told by the browser itself.
WHEN_GONE = """() => {
  new MutationObserver(() => { if (!document.querySelector("iframe")) window.gone ??= Date.now(); })
    .observe(document.body, { childList: true, subtree: true });
}"""
REASON = Text(vi="Phát hiện lỗi an toàn", en="A safety fault was found")


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@dataclass
class Opened:
    """The shell's page with an app in it."""

    visit: Visit
    guest: Frame
    app_id: str

    async def call(self, method: str, params: Any = None) -> Any:
        script = """([method, params]) => window.hs.call(method, params ?? {}).catch((e) => ({ code: e.code, data: e.data }))"""
        return await self.guest.evaluate(script, [method, params])

    def asked(self, method: str, params: Any = None) -> asyncio.Future[Any]:
        """A call that waits for a sheet to be answered."""
        return asyncio.ensure_future(self.call(method, params))

    async def tap(self) -> None:
        await self.guest.click("#tap")


def document(app_id: str, **hs: Any) -> dict[str, Any]:
    told = manifest(scopes=SCOPES, i18n={"en": {"name": "Hanoi Parking", "description": "Parking", "reason": REASONS}}, **hs)
    told["req_permissions"] = [{"name": name, "reason": "Cần cho việc này"} for name in REASONS]
    return told | {"app_id": app_id, "pages": ["index", "pages/ticket"]}


async def published(live: Live, folder: Path, app_id: str, **hs: Any) -> None:
    """The app, live in the running house, and its shell allowed to sign people in."""
    files = {"index.html": INDEX, "app.js": GUEST, "pages/ticket.html": INDEX.replace("app.js", "../app.js").replace("Thử", "Vé")}
    blobs = open_blobs(settings(), REPOSITORY / ".data" / "blobs")
    await shown(live.database, blobs, document(app_id, **hs), files, folder, placement=InProcess("tests"), payee=PAYEE)
    async with live.database.transaction() as session:
        await clients.ensure(session, replace(SHELL, redirect_uris=(f"{live.base}/shell/signed-in",)))


async def signed_in(visit: Visit, address: str) -> None:
    """Lan opens the address and signs in with her passkey."""
    page = visit.seen.page
    await page.goto(address)
    await page.locator("#stage button").click()
    await page.wait_for_url("**/oauth/authorize?**")  # until it is loaded: before, its script does not know the passkey yet
    await page.locator("button[value=sign_in], form button").first.click()
    await page.wait_for_url(f"**{address}")


@asynccontextmanager
async def opening(live: Live, chrome: Browser, app_id: str, page: str = "", **look: Any) -> AsyncIterator[Opened]:
    async with visiting(live, chrome, **look) as visit:
        await visit.enrol()
        await signed_in(visit, f"/miniapp/{app_id}{page}")
        boxes = visit.seen.page.locator("dialog input[type=checkbox]")
        await boxes.first.check()
        await visit.seen.page.locator("dialog > button:not(.quiet)").click()
        element = await visit.seen.page.wait_for_selector("iframe")
        guest = await element.content_frame() if element else None
        assert guest is not None
        await guest.wait_for_selector("body[data-state]")
        assert await guest.get_attribute("body", "data-state") == "connected"
        yield Opened(visit, guest, app_id)


async def test_a_person_opens_an_app_and_it_does_what_she_agrees_to(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.story"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id) as at:
        page = at.visit.seen.page
        user = await at.call("auth.getUser")
        assert (user["name"], user["scopes"]) == ("Lan", ["profile.name"])
        token = await at.call("auth.getToken")
        assert token["expiresIn"] > 60
        assert (await at.call("storage.set", {"entries": {"spot": "A7"}}))["size"] > 0
        assert (await at.call("storage.get", {"keys": ["spot", "none"]})) == {"entries": {"spot": "A7"}}
        assert (await at.call("sys.info"))["platform"] == "web"
        await at.call("nav.title", {"title": "Chỗ A7"})
        await expect(page.locator("#title")).to_have_text("Chỗ A7")
        await at.call("ui.toast", {"text": "Đã lưu"})
        await expect(page.locator("#toast")).to_have_text("Đã lưu")
        assert (await at.call("scan.qr"))["data"] == {"reason": "gesture"}
        assert (await at.call("media.save", {"name": "a"}))["code"] == -32003
        await at.tap()
        refused = at.asked("scan.qr")
        await page.locator("dialog button.quiet").click()
        assert (await refused)["data"] == {"reason": "cancelled"}
        assert [one for one in at.visit.seen.complaints if not any(known in one for known in EXPECTED)] == []
    async with live.database.session() as session:
        read = list(await session.scalars(select(Disclosure.attributes).where(Disclosure.reader_id == app_id)))
    assert read == [["profile.name"]]


async def test_scopes_are_asked_when_they_are_needed_and_a_code_is_given_by_hand(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.asking"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id) as at:
        page = at.visit.seen.page
        await at.tap()
        assert (await at.call("user.getPhoneCode"))["data"] == {"scope": "phone"}
        asked = at.asked("auth.requestScopes", {"scopes": ["phone"]})
        await expect(page.locator("dialog")).to_contain_text("Gọi khi có sự cố")
        assert await page.locator("dialog input:checked").count() == 0
        await page.locator("dialog input").check()
        await page.locator("dialog > button:not(.quiet)").click()
        assert await asked == {"granted": ["phone"], "declined": []}
        await at.tap()
        await page.evaluate(FIRST_SEEN)
        given = at.asked("user.getPhoneCode")
        await page.locator("dialog > button:not(.quiet)").click()
        assert await page.evaluate("window.seen") == [True]  # a second tap, meant for the app's page, would have hit nothing
        assert len((await given)["code"]) >= 43
    async with live.database.session() as session:
        assert len(list(await session.scalars(select(AttributeCode).where(AttributeCode.app_id == app_id)))) == 1


async def test_single_notifications_and_a_rating_are_given_in_the_shells_sheets(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.rated"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id) as at:
        page = at.visit.seen.page
        assert await at.call("sys.canIUse", {"method": "app.rate"}) == {"usable": True}
        assert (await at.call("notify.request", {"templates": ["none"]}))["code"] == -32003
        asked = at.asked("notify.request", {"templates": ["parking.expiring"]})
        await expect(page.locator("dialog li")).to_contain_text("{spot}")
        await page.locator("dialog > button:not(.quiet)").click()
        assert await asked == {"granted": ["parking.expiring"]}
        rated = at.asked("app.rate")
        assert await page.locator("dialog input:checked").count() == 0
        await page.locator("dialog input[value='4']").check()
        await page.locator("#rating-words").fill("Dễ dùng")
        await page.screenshot(path=tmp_path / "rate.png")
        await page.locator("dialog form button").click()
        assert await rated == {"rated": True}
    async with live.database.session() as session:
        (given,) = await session.scalars(select(Rating).where(Rating.app_id == app_id))
        (grant,) = await session.scalars(select(NotificationGrant).where(NotificationGrant.app_id == app_id))
    assert (given.stars, given.words, grant.template, grant.open) == (4, "Dễ dùng", "parking.expiring", 1)


async def test_typing_a_code_picking_a_file_sharing_and_paying_happen_in_the_shells_sheets(
    live: Live, chrome: Browser, tmp_path: Path
) -> None:
    app_id = "vn.hanoi.sheets"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id) as at:
        page = at.visit.seen.page
        await at.tap()
        scanned = at.asked("scan.qr")
        await page.locator("#typed").fill("VN-123")
        await page.locator("dialog form button").click()
        assert await scanned == {"text": "VN-123"}
        picked = asyncio.ensure_future(at.guest.evaluate("window.hs.pick().then(({ files }) => [files[0].name, files[0].blob.size])"))
        await page.locator("#pick").set_input_files({"name": "hố ga.png", "mimeType": "image/png", "buffer": b"x" * 70_000})
        assert await picked == ["hố ga.png", 70_000]
        shared = at.asked("share.open", {"page": "pages/ticket"})
        await expect(page.locator("dialog .address")).to_have_text(f"{live.base}/miniapp/{app_id}/pages/ticket")
        await expect(page.locator("dialog img")).to_be_visible()
        await page.locator("dialog > button:not(.quiet)").click()
        assert await shared == {"shared": True}
        bill = {"amount": 25_000, "description": {"vi": "Phí đỗ xe", "en": "Parking fee"}, "reference": "s1"}
        assert (await at.call("pay.create", bill | {"amount": 1.5}))["code"] in {-32602, -32001}
        await at.tap()
        paid = at.asked("pay.create", bill)
        await expect(page.locator("dialog .sum")).to_have_text("25.000 ₫")
        await expect(page.locator("dialog")).to_contain_text("CONG TY KHAI THAC")
        await page.screenshot(path=tmp_path / "pay.png")
        await page.locator("dialog > button:not(.quiet)").click()
        made = await paid
        assert made["state"] == "created"
        assert await at.call("pay.status", {"intent": made["intent"]}) == made
        assert (await at.call("pay.status", {"intent": "0194f0a0-0000-7000-8000-000000000001"}))["code"] == -32602


async def test_a_stopped_app_is_blank_within_a_second(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.stopped"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id) as at:
        page = at.visit.seen.page
        await page.evaluate(WHEN_GONE)
        await page.wait_for_timeout(500)  # the watch is open
        async with live.database.transaction() as session:
            await registry.suspend(session, app_id, reason=REASON, actor="test")
        stopped = time.time()
        await expect(page.locator("#stage")).to_contain_text("Phát hiện lỗi an toàn")
        assert await page.evaluate("window.gone") / 1000 - stopped < 1
        await page.reload()
        await expect(page.locator("#stage h2")).to_have_text("Ứng dụng đang tạm dừng")
        assert await page.locator("iframe").count() == 0


async def test_a_deep_link_opens_its_page_and_a_wrong_one_the_start_page(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.links"
    await published(live, tmp_path / "app", app_id)
    async with opening(live, chrome, app_id, "/pages/ticket") as at:
        assert await at.guest.inner_text("h1") == "Vé"
        assert await at.guest.evaluate("window.hs.context.startParam") == "pages/ticket"
        page = at.visit.seen.page
        await at.guest.evaluate(
            """() => { void window.hs.call("nav.open", { page: "index" }); }"""
        )  # its answer would come to a page that is gone
        await at.guest.wait_for_url("**/index")
        assert (await page.goto(f"/miniapp/{app_id.upper()};version=1/no/such?x=1")) is not None
        element = await page.wait_for_selector("iframe")
        guest = await element.content_frame() if element else None
        assert guest is not None
        await guest.wait_for_selector("body[data-state=connected]")
        assert await guest.inner_text("h1") == "Thử"
        await page.goto("/miniapp/vn.hanoi.nowhere")
        await expect(page.locator("#stage h2")).to_have_text("Không tìm thấy ứng dụng")


async def test_a_test_citizen_opens_the_demo_citys_example_and_her_draft_is_kept(live: Live, chrome: Browser, tmp_path: Path) -> None:
    await seed.example(live.database)
    async with live.database.transaction() as session:
        await demo.make_test_citizens(session)
        await clients.ensure(session, replace(SHELL, redirect_uris=(f"{live.base}/shell/signed-in",)))
    async with visiting(live, chrome) as visit:
        page = visit.seen.page
        await page.goto("/miniapp/vn.example.feedback/")
        await page.locator("#stage button").click()
        await page.wait_for_url("**/oauth/authorize?**")
        await page.locator("button[value=way_test]").click()
        await page.get_by_label("Số điện thoại thử nghiệm").fill(CITIZENS[0].phone)
        await page.get_by_label("Mã").fill(CODE)
        await page.get_by_role("button", name="Đăng nhập").click()
        inside = page.frame_locator("iframe")
        await expect(inside.locator("h1")).to_have_text("Góp ý")
        await inside.locator("#text").fill("Đèn đường ngõ Gia Ngư đã sáng lại")
        await page.screenshot(path=tmp_path / "example.png")
        await inside.locator("#keep").click()
        await expect(page.locator("#toast")).to_have_text("Đã lưu")
        await page.reload()
        await expect(inside.locator("#drafts li")).to_contain_text("Đèn đường ngõ Gia Ngư")
        assert [one for one in visit.seen.complaints if not any(known in one for known in EXPECTED)] == []


async def test_an_app_in_telegrams_grammar_finds_its_launch_data_in_the_fragment(live: Live, chrome: Browser, tmp_path: Path) -> None:
    app_id = "vn.hanoi.telegram"
    await published(live, tmp_path / "app", app_id, telegram_launch=True)
    async with opening(live, chrome, app_id) as at:
        assert await at.guest.evaluate("new URLSearchParams(location.hash.slice(1)).get('tgWebAppData')") == await at.guest.evaluate(
            "window.hs.context.launchData"
        )


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_shells_sheets_can_be_read_and_used_by_everybody(
    live: Live, chrome: Browser, tmp_path: Path, language: str, look: dict[str, Any]
) -> None:
    app_id = f"vn.hanoi.look-{language}-{len(look) and next(iter(look)).replace('_', '-')}"
    await published(live, tmp_path / "app", app_id)
    async with visiting(live, chrome, language=language, **look) as visit:
        page = visit.seen.page
        await visit.enrol()
        await page.goto(f"/miniapp/{app_id}")
        await expect(page.locator("#stage button")).to_be_visible()
        assert await visit.seen.faults() == []
        await page.keyboard.press("Tab")
        assert not await page.evaluate(UNFOCUSED)
        await signed_in(visit, f"/miniapp/{app_id}")
        purpose = {"vi": "In tên trên vé", "en": "Print name on ticket"}[language]
        await expect(page.locator("dialog")).to_contain_text(purpose)
        assert await page.locator("dialog > button:not(.quiet)").is_disabled()
        assert await visit.seen.faults() == []
        await page.screenshot(path=tmp_path / "consent.png")  # it writes a style of its own, to hide the caret
        await page.keyboard.press("Escape")
        await expect(page.locator("#stage h2")).to_have_text({"vi": "Bạn đã không đồng ý", "en": "You did not agree"}[language])
        assert page.url.startswith(live.base)
