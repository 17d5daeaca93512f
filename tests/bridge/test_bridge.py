"""The bridge in a real browser, both ends as they are shipped: who is heard, what is refused, and that nothing ever hangs."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error

from tests.support.browser import chromium
from tests.support.framing import Played, Stage, playing
from tests.support.live import until
from tests.support.miniapps import manifest

pytestmark = pytest.mark.page
PHONE = [{"scope": "phone", "optional": True, "purpose": {"vi": "Gọi khi có sự cố", "en": "Call you in an incident"}}]
RAW = """(text) => new Promise((resolve) => { const channel = window.hs._transport; const before = window.answers ?? [];
  channel.receive((answer) => resolve(answer)); channel.post(text); setTimeout(() => resolve(null), 700); })"""


@pytest_asyncio.fixture(scope="session")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


def asking(*permissions: str, **hs: object) -> dict[str, object]:
    """A manifest with these permissions and members of `hs`."""
    reasons = dict.fromkeys(permissions, "Needed for the test")
    told = {"name": "Hanoi Parking", "description": "Parking", "reason": reasons}
    document = manifest(i18n={"en": told}, **hs)
    return document | {"req_permissions": [{"name": name, "reason": "Cần cho thử nghiệm"} for name in permissions]}


async def test_a_guest_is_greeted_and_calls_methods_with_their_guards(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking("location.coarse", scopes=PHONE))) as at:
        assert await at.guest.evaluate("window.hs.context.locale") == "vi"
        assert await at.guest.evaluate("window.hs.hostInfo.name") == "HanoiSmart"
        assert (await at.call("auth.getUser"))["name"] == "Lan"
        assert (await at.call("geo.get"))["latitude"] == pytest.approx(21.0285)
        assert await at.call("nav.title", {"title": "Tìm bãi"}) is None
        assert (await at.call("sys.canIUse", {"method": "geo.get"})) == {"usable": True}
        assert (await at.call("sys.canIUse", {"method": "scan.qr"})) == {"usable": False}
        assert (await at.call("scan.qr"))["code"] == -32003
        refused = await at.call("user.getPhoneCode")
        assert (refused["code"], refused["data"]) == (-32002, {"scope": "phone"})
        assert (await at.call("no.such"))["code"] == -32601
        assert (await at.call("constructor"))["code"] == -32601
        assert (await at.call("nav.title", {"title": 7}))["code"] == -32602
        assert (await at.call("ui.toast", {"text": "a", "more": "b"}))["code"] == -32602
        assert [one for one in at.complaints if "can escape its sandboxing" not in one] == []  # not where the origin is another


async def test_a_host_that_fails_keeps_its_secrets(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        refused = await at.call("nav.close")
        assert (refused["code"], refused["message"]) == (-32603, "the host failed")
        assert await at.page.evaluate("window.asked") == ["Error: a secret of the host"]


async def test_phone_and_camera_open_only_after_the_person_acted_in_the_page(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking("scan.qr", scopes=PHONE), granted=("phone",))) as at:
        refused = await at.call("user.getPhoneCode")
        assert (refused["code"], refused["data"]) == (-32001, {"reason": "gesture"})
        await at.page.mouse.click(600, 500)  # acting in the host's own page is not acting in the guest's
        assert (await at.call("scan.qr"))["code"] == -32001
        await at.tap()
        assert len((await at.call("user.getPhoneCode"))["code"]) == 43
        assert (await at.call("scan.qr"))["text"] == "VN123"


async def test_what_waits_for_the_person_waits_as_long_as_the_person_does(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking(scopes=PHONE), limits={"answerMs": 100})) as at:
        await at.guest.evaluate("""() => { window.outcome = null;
            window.hs.auth.requestScopes({ scopes: ["phone"] }).then((value) => { window.outcome = value; }); }""")
        await at.page.wait_for_timeout(500)
        assert await at.guest.evaluate("window.outcome") is None
        await at.page.evaluate("window.decide({ granted: ['phone'], declined: [] })")
        await until(lambda: at.guest.evaluate("window.outcome !== null"), what="the outcome")
        assert await at.guest.evaluate("window.outcome.granted") == ["phone"]
        slow = await at.call("storage.get", {"keys": ["a"]})  # nobody is asked here: the host has no reason to wait
        assert slow["code"] == -32603


async def test_a_call_can_be_cancelled_while_it_waits(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking(scopes=PHONE), limits={"answerMs": 100})) as at:
        outcome = await at.guest.evaluate("""async () => { const stop = new AbortController();
            const call = window.hs.auth.requestScopes({ scopes: ["phone"] }, { signal: stop.signal }).catch((error) => error.name);
            setTimeout(() => stop.abort(), 300); return call; }""")
        assert outcome == "AbortError"
        await at.page.wait_for_function("window.aborted === true")
        assert (await at.call("sys.info")) == {"platform": "test"}


async def test_flooding_is_refused_and_the_host_goes_on(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        codes = await at.guest.evaluate("""() => Promise.all([...Array(60)].map((_, n) =>
            window.hs.ui.toast({ text: String(n) }).then(() => 0, (error) => error.code)))""")
        assert 0 < codes.count(0) <= 20
        assert set(codes) == {0, -32050}
        await at.page.wait_for_timeout(1100)
        assert (await at.call("sys.info")) == {"platform": "test"}
        assert len(await at.page.evaluate("window.asked")) == codes.count(0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", -32600),
        ('[{"jsonrpc":"2.0","id":"1","method":"sys.info"}]', -32600),
        ('{"jsonrpc":"2.0","id":"1","method":"ui.toast","params":{"text":"a\\u0000b"}}', -32600),
        ('{"jsonrpc":"2.0","id":7,"method":"sys.info"}', -32600),
        ('{"jsonrpc":"2.0","id":"","method":"sys.info"}', -32600),
        ('{"jsonrpc":"1.0","id":"1","method":"sys.info"}', -32600),
        ("{", -32700),
        ("[" * 30_000, -32700),
        ('{"jsonrpc":"2.0","id":"1","method":"ui.toast","params":{"text":"' + "ô" * 40_000 + '"}}', -32600),
        ('{"jsonrpc":"2.0","id":"1","method":"sys.info","params":[]}', -32602),
    ],
)
async def test_what_is_no_message_is_refused(chrome: Browser, text: str, code: int) -> None:
    async with playing(chrome, Stage()) as at:
        answer = await at.guest.evaluate(RAW, text)
        assert f'"code":{code}' in answer, answer
        assert await at.page.evaluate("window.asked") == []


async def test_only_the_frame_and_its_origin_are_heard_and_only_once(chrome: Browser) -> None:
    greeting = '{"jsonrpc":"2.0","id":"0","method":"hs/initialize","params":{"protocolVersion":"1"}}'
    async with playing(chrome, Stage()) as at:
        # Another frame of the guest's very origin, and the host's own page, greet the host: nobody answers them.
        await at.page.evaluate(
            """(greeting) => { window.heard = []; window.addEventListener("message", (e) => window.heard.push(e.data));
            window.postMessage(greeting, "*"); const other = document.createElement("iframe"); other.id = "other";
            other.src = document.querySelector("iframe").src; document.body.append(other); }""",
            greeting,
        )
        element = await at.page.wait_for_selector("#other")
        other = await element.content_frame() if element else None
        assert other is not None
        await at.page.wait_for_timeout(500)
        assert await other.evaluate("document.body.dataset.state ?? 'waiting'") == "waiting"
        # The guest greets a second time: its first connection stays, and no second one is made.
        answered = await at.guest.evaluate(
            """(greeting) => new Promise((resolve) => { window.addEventListener("message", () => resolve(true));
            window.parent.postMessage(greeting, "*"); setTimeout(() => resolve(false), 500); })""",
            greeting,
        )
        assert answered is False
        assert (await at.call("sys.info")) == {"platform": "test"}


async def test_a_frame_from_another_origin_is_not_heard(chrome: Browser) -> None:
    async with playing(chrome, Stage(), connected=False) as at:
        await at.page.evaluate("""() => { window.host.options.origin = "http://elsewhere.localhost"; }""")
        await at.guest.evaluate("() => { setTimeout(() => location.reload(), 0); }")
        await at.page.wait_for_timeout(600)
        assert await at.guest.evaluate("document.body.dataset.state ?? 'waiting'") == "waiting"


async def anew(at: Played) -> bool:
    """Whether another document stands in the frame, and has been greeted."""
    with contextlib.suppress(Error):  # between two documents there is none to ask
        return bool(await at.guest.evaluate("window.before === undefined && window.hs !== undefined"))
    return False


async def test_a_page_that_loads_anew_is_greeted_anew(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        await at.guest.evaluate("window.before = true")
        await at.guest.evaluate("() => { setTimeout(() => location.reload(), 0); }")
        await until(lambda: anew(at), what="a new greeting")
        assert (await at.call("sys.info")) == {"platform": "test"}


async def test_a_stopped_app_is_told_why_and_gets_nothing_more(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking(scopes=PHONE))) as at:
        await at.guest.evaluate("""() => { window.told = null; window.hs.on("suspended", (params) => { window.told = params.reason; });
            window.waiting = window.hs.auth.requestScopes({ scopes: ["phone"] }).catch((error) => error.code); }""")
        await at.page.wait_for_function("document.body.dataset.ready")
        await at.page.evaluate("window.host.suspend({ vi: 'Tạm dừng', en: 'Paused' })")
        assert await at.guest.evaluate("window.waiting") == -32051
        assert await at.guest.evaluate("window.told") == {"vi": "Tạm dừng", "en": "Paused"}
        refused = await at.call("sys.info")
        assert (refused["code"], refused["data"]) == (-32051, {"reason": {"vi": "Tạm dừng", "en": "Paused"}})


async def test_one_method_can_be_stopped_alone(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking("location.coarse"))) as at:
        await at.page.evaluate("window.host.stop({ 'geo.get': { vi: 'Lỗi', en: 'Fault' } })")
        assert (await at.call("geo.get"))["code"] == -32051
        assert (await at.call("sys.info")) == {"platform": "test"}


async def test_without_a_host_everything_is_refused_and_nothing_hangs(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        code = await at.guest.evaluate(
            "window.bridge.connect({ scope: window.top.frames ? undefined : null, timeout: 300 }).catch((e) => e.code)"
        )
        assert code == -32099  # the host is there, but answers one greeting only
        await at.guest.evaluate("""() => { window.hs._timeout = 400; window.hs._transport.close(); }""")
        started = time.monotonic()
        assert (await at.call("sys.info"))["code"] == -32099
        assert time.monotonic() - started < 5
        alone = await at.page.context.new_page()
        await alone.goto(at.guest.url)
        await alone.wait_for_selector("body[data-state='-32099']")


async def test_a_native_host_speaks_the_same_json(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        for channel in ("android", "apple"):
            found = await at.guest.evaluate(
                """async (channel) => {
                const sent = []; let answer;
                const post = (text) => { const one = JSON.parse(text); sent.push(one.method);
                  if (one.id) setTimeout(() => answer(JSON.stringify({ jsonrpc: "2.0", id: one.id, result:
                    one.method === "hs/initialize" ? { hostInfo: { name: "native" }, context: {} } : { platform: channel } }))); };
                const apple = { webkit: { messageHandlers: { hs: { postMessage: post } } } };
                const scope = channel === "android" ? { HanoiSmart: { postMessage: post } } : apple;
                answer = (text) => channel === "android" ? scope.HanoiSmart.onmessage({ data: text }) : scope.hsReceive(text);
                const hs = await window.bridge.connect({ scope }); return [sent, hs.hostInfo.name, await hs.sys.info(), sent]; }""",
                channel,
            )
            assert found[1:3] == ["native", {"platform": channel}]
            assert found[3] == ["hs/initialize", "hs/initialized", "sys.info"]


async def test_files_cross_in_pieces_both_ways(chrome: Browser) -> None:
    async with playing(chrome, Stage(document=asking("media.pick", "media.save"))) as at:
        assert await at.guest.evaluate(
            "window.hs.pick({ kind: 'photo' }).then(({ files }) => [files[0].blob.size, files[0].blob.type])"
        ) == [
            100_000,
            "image/png",
        ]
        assert await at.guest.evaluate("window.hs.save('b.png', new Blob([new Uint8Array(99999)], { type: 'image/png' }))") == {
            "saved": True
        }
        assert await at.page.evaluate("window.saved") == 99_999


async def test_the_policy_holds_a_page_to_its_manifest_and_its_frame(chrome: Browser) -> None:
    async with playing(chrome, Stage()) as at:
        gateway = await at.guest.evaluate("window.hs.fetch('/parks').then((answer) => answer.status, () => 'blocked')")
        assert gateway == 200
        for address in ("http://127.0.0.1:9/elsewhere", "/v1/gw/vn.hanoi.bus/stops", "/setup"):
            script = "([base, path]) => fetch(path.startsWith('/') ? base + path : path).then(() => 'let out', () => 'blocked')"
            base = await at.page.evaluate("location.origin")
            assert await at.guest.evaluate(script, [base, address]) == "blocked"
        before = at.page.url
        await at.guest.evaluate("() => { try { window.top.location = 'about:blank'; } catch {} }")
        await at.guest.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.inline = 1'; document.body.append(s); }"
        )
        await at.page.wait_for_timeout(300)
        assert at.page.url == before
        assert await at.guest.evaluate("window.inline") is None
        assert await at.guest.evaluate("document.cookie") == ""


async def test_without_an_origin_a_page_still_runs_and_keeps_things_by_the_host(chrome: Browser) -> None:
    stage = Stage(opaque=True)
    async with playing(chrome, stage) as at:
        assert await at.guest.evaluate("self.origin") == "null"
        assert (await at.call("sys.info")) == {"platform": "test"}
        blocked = "() => { try { return localStorage.length >= 0; } catch { return 'none'; } }"
        assert await at.guest.evaluate(blocked) == "none"
        waiting = asyncio.ensure_future(at.guest.evaluate("window.hs.storage.get({ keys: ['a'] })"))
        await at.page.wait_for_timeout(300)
        await at.page.evaluate("window.decide({ entries: { a: 1 } })")
        assert await waiting == {"entries": {"a": 1}}
