"""Pages written for Zalo and for Telegram run in a real browser with the shims: what they map, what they refuse, and that nothing hangs."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from hanoismart import assets, telegram, telegram_vectors
from hanoismart.tokens.vectors import NOW
from tests.support.browser import chromium
from tests.support.framing import Stage, playing
from tests.support.live import until
from tests.support.miniapps import manifest

pytestmark = pytest.mark.page
SCOPES = [
    {"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print name on ticket"}},
    {"scope": "phone", "optional": True, "purpose": {"vi": "Gọi khi có sự cố", "en": "Call you in an incident"}},
]
ZALO = """<!doctype html><html lang="vi"><head><base href="./"><title>Zalo</title>
<script src="zmp-compat/start.js" data-app-id="1234567890"></script></head>
<body><button id="tap">Chạm</button><script type="module" src="app.js"></script>"""
ZALO_APP = """
import * as sdk from "./zmp-compat/index.js";
window.sdk = sdk;
window.hs = { call: async (name, args) => sdk[name](args) };
await sdk.getUserID();
document.body.dataset.state = "connected";
"""
TELEGRAM = """<!doctype html><html lang="vi"><head><title>Telegram</title><script src="telegram-compat/index.js"></script></head>
<body><button id="tap">Chạm</button><script type="module" src="app.js"></script>"""
TELEGRAM_APP = """
import { connect } from "./bridge.js";
const app = window.Telegram.WebApp;
app.ready();
app.MainButton.setText("Mua vé").show();
app.MainButton.onClick(() => { window.bought = true; });
document.body.dataset.state = "connected";
"""


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


def zalo(**more: object) -> Stage:
    reasons = {"location.coarse": "Find parks", "scan.qr": "Scan tickets"}
    document = manifest(scopes=SCOPES, i18n={"en": {"name": "Parking", "description": "Parking", "reason": reasons}})
    document["req_permissions"] = [{"name": name, "reason": "Tìm bãi đỗ gần bạn"} for name in reasons]
    context = {
        "scopesAsked": ["profile.name", "phone"],
        "templates": ["parking.expiring"],
        "link": "https://hub.example/miniapp/vn.hanoi.parking",
    }
    context |= {"name": "Đỗ xe", "versionName": "1.4.0"}
    return Stage(document=document, files={"index.html": ZALO, "app.js": ZALO_APP}, context=context, **more)  # type: ignore[arg-type]  # the test's own


async def test_a_zalo_page_finds_its_number_its_path_and_its_functions(chrome: Browser) -> None:
    async with playing(chrome, zalo(granted=("phone",))) as at:
        assert await at.guest.evaluate("[window.APP_ID, location.pathname]") == ["1234567890", "/zapps/1234567890/"]
        told = (await at.call("getUserInfo"))["userInfo"]
        assert (told["id"], told["name"]) == ("k1.x", "Lan")
        assert await at.call("getAccessToken") == "t"
        assert (await at.call("getLocation"))["latitude"] == "21.0285"
        assert (await at.call("getSetting"))["authSetting"]["scope.userFriends"] is False
        assert (await at.call("setNavigationBarTitle", {"title": "Vé"})) is None
        assert await at.page.evaluate("window.titled") == {"title": "Vé"}
        assert (await at.call("getAppInfo"))["version"] == "1.4.0"
        assert await at.call("getShareableLink", {"path": "/pages/ticket"}) == "https://hub.example/miniapp/vn.hanoi.parking/pages/ticket"
        await at.tap()
        assert len((await at.call("getPhoneNumber"))["token"]) == 43
        assert (await at.call("scanQRCode"))["content"] == "VN123"


async def test_refusals_read_as_a_zalo_page_expects_them(chrome: Browser) -> None:
    async with playing(chrome, zalo()) as at:
        assert (await at.call("getPhoneNumber"))["code"] == -1401
        assert (await at.call("openMediaPicker", {"type": "photo"}))["code"] == -1403
        assert (await at.call("createOrder", {"amount": -1, "desc": "x"}))["code"] == -1400
        assert (await at.call("createOrder", {"amount": 1000, "desc": "x", "item": []}))["code"] == -1404  # this host takes no money
        assert (await at.call("authorize", {"scopes": ["scope.nonsense"]}))["code"] == -1400
        failed = await at.guest.evaluate(
            "new Promise((resolve) => window.sdk.getPhoneNumber({ fail: (e) => resolve(e.code) }).catch(() => 0))"
        )
        assert failed == -1401
        done = await at.guest.evaluate("new Promise((resolve) => window.sdk.getUserID({ success: resolve }))")
        assert done == "k1.x"


async def test_every_public_name_is_there_and_none_hangs(chrome: Browser) -> None:
    async with playing(chrome, zalo()) as at:
        names = await at.guest.evaluate("Object.keys(window.sdk).filter((name) => typeof window.sdk[name] === 'function')")
        assert len(names) >= 94
        refusing = set(re.findall(r"export const (\w+) = unsupported", assets.javascript("zmp-compat/rest.js").decode()))
        codes = await at.guest.evaluate(
            "(names) => Promise.all(names.map((name) => window.sdk[name]({}).then(() => 0, (error) => error.code)))", sorted(refusing)
        )
        assert set(codes) == {-1404}
        assert await at.guest.evaluate("(() => { try { new window.sdk.ZMACamera(); } catch (error) { return error.code; } })()") == -1404


async def test_what_answers_at_once_answers_from_the_start(chrome: Browser) -> None:
    stage = zalo(start="?spot=A7&minutes=10")
    async with playing(chrome, stage) as at:
        assert await at.guest.evaluate("window.sdk.getRouteParams()") == {"spot": "A7", "minutes": "10"}
        assert (await at.guest.evaluate("window.sdk.getSystemInfo()"))["zaloLanguage"] == "vi"
        kept = "(() => { const s = window.sdk.nativeStorage; s.setItem('a', 'b'); return [s.getItem('a'), s.getItem('none')]; })()"
        assert await at.guest.evaluate(kept) == ["b", None]
        heard = "new Promise((resolve) => { window.sdk.events.once('h5.event.paused', () => resolve(true)); })"
        await at.guest.evaluate(f"() => {{ window.paused = false; void {heard}.then(() => {{ window.paused = true; }}); }}")
        await at.page.evaluate("window.host.notify('hidden')")
        await until(lambda: at.guest.evaluate("window.paused"), what="the pause")


async def test_a_telegram_page_reads_its_launch_data_and_its_backend_can_check_it(chrome: Browser) -> None:
    raw = telegram_vectors.signed()
    theme = "tgWebAppThemeParams=%7B%22bg_color%22%3A%22%23fff%22%7D"
    fragment = f"#tgWebAppData={telegram.quoted(raw)}&tgWebAppVersion=8.0&tgWebAppPlatform=web&{theme}"
    async with playing(chrome, Stage(files={"index.html": TELEGRAM, "app.js": TELEGRAM_APP}, start=fragment)) as at:
        told = await at.guest.evaluate(
            "(({ initData, initDataUnsafe, version, themeParams }) => ({ initData, initDataUnsafe,"
            " version, themeParams }))(Telegram.WebApp)"
        )
        assert telegram.verify(told["initData"], now=NOW, app_secret=telegram_vectors.APP_SECRET).user.first_name == "Lan"
        assert told["initDataUnsafe"]["user"]["first_name"] == "Lan"
        assert (told["version"], told["themeParams"]) == ("8.0", {"bg_color": "#fff"})
        await at.guest.click("#hs-main-button")
        assert await at.guest.evaluate("window.bought") is True
        unsupported = "(() => { try { Telegram.WebApp.openInvoice('x'); } catch (error) { return error.message; } })()"
        assert "WebAppMethodUnsupported" in await at.guest.evaluate(unsupported)
        called_back = "new Promise((resolve) => Telegram.WebApp.CloudStorage.getItem('a', resolve))"
        assert await at.guest.evaluate(called_back) == "unsupported"
