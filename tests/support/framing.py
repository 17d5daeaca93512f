"""A host and a guest in two origins without a hub: the bridge's two ends as they are shipped, and the policy pages are served with."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Frame, Page
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.demo.fakes.serving import serving
from hanoismart import assets, manifest, origins, pages
from tests.support.browser import watching
from tests.support.miniapps import APP
from tests.support.miniapps import manifest as example

INDEX = """<!doctype html><html lang="vi"><title>Thử</title><h1>Thử</h1><button id="tap">Chạm</button>
<script type="module" src="app.js"></script>"""
GUEST = """
import { connect } from "./bridge.js";
window.bridge = { connect };
try { window.hs = await connect({ appInfo: { name: "test" } }); document.body.dataset.state = "connected"; }
catch (error) { document.body.dataset.state = String(error.code); }
"""
HOST = """
import { BridgeError, createHost } from "/js/host.js";
const setup = await (await fetch("/setup")).json();
const frame = document.querySelector("iframe");
const waits = [];
window.asked = [];
const wait = (params, call) => new Promise((resolve, reject) => { waits.push(resolve);
  call.signal.addEventListener("abort", () => { window.aborted = true; }); });
window.decide = (value) => waits.shift()(value);
const handlers = {
  "auth.getToken": () => ({ token: "t", expiresIn: 300, scopes: [] }),
  "auth.getUser": () => ({ sub: "k1.x", name: "Lan", scopes: [], acr: "urn:hanoi:loa:2" }),
  "auth.requestScopes": wait,
  "user.getPhoneCode": () => ({ code: "c".repeat(43), expiresIn: 120 }),
  "scan.qr": () => ({ text: "VN123" }),
  "geo.get": () => ({ latitude: 21.0285, longitude: 105.8542, accuracy: 50, at: "2026-02-10T08:30:00Z" }),
  "media.pick": async (params, call) => { const blob = new Blob([new Uint8Array(100000).fill(7)], { type: "image/png" });
    return { files: [{ name: "a.png", type: blob.type, size: blob.size, handle: await call.files.put(blob) }] }; },
  "media.save": async (params, call) => {
    window.saved = (await call.files.take(params.handle).arrayBuffer()).byteLength; return { saved: true }; },
  "nav.title": (params) => { window.titled = params; return null; },
  "nav.close": () => { throw new Error("a secret of the host"); },
  "ui.toast": (params) => { window.asked.push(params.text); return null; },
  "storage.get": wait,
  "sys.info": () => ({ platform: "test" }),
};
window.host = createHost({ frame, origin: setup.origin, manifest: setup.manifest, context: setup.context, handlers,
  granted: setup.granted, limits: setup.limits, onError: (error) => window.asked.push(String(error)) });
frame.src = setup.src;
await window.host.ready;
document.body.dataset.ready = "yes";
"""
OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization"}


@dataclass
class Stage:
    """What the host page is set up with, and the files of the guest."""

    base: str = ""
    document: Mapping[str, Any] = field(default_factory=example)
    files: dict[str, str] = field(default_factory=lambda: {"index.html": INDEX, "app.js": GUEST})
    granted: tuple[str, ...] = ()
    opaque: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    start: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def own(self) -> str:
        """The guest's origin."""
        return origins.origin(APP, f"apps.localhost:{urlsplit(self.base).port}", scheme="http")

    @property
    def pages(self) -> str:
        return f"{self.base}/pages/" if self.opaque else f"{self.own}/v/12/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        hostname, path = request.headers["host"].rsplit(":", 1)[0], request.url.path
        self.asked.append(f"{hostname}{path}")
        guest = path.startswith("/pages/") if self.opaque else hostname.endswith(".apps.localhost")
        response = self._guest(path) if guest else self._host(path)
        await response(scope, receive, send)

    def _guest(self, path: str) -> Response:
        name = path.removeprefix("/pages/").removeprefix("/v/12/") or "index.html"
        parsed = manifest.parse(self.document)
        told = pages.headers(
            parsed,
            host_origin=self.base,
            gateway_origin=self.base,
            granted=parsed.permission_names,
            opaque=self.opaque,
            base=self.pages if self.opaque else None,
        )
        content = self.files.get(name, "").encode() or (assets.javascript(name) if name in assets.names() else b"")
        if not content:
            return Response(status_code=404, headers=told)
        return Response(content, headers=told, media_type=pages.media_type(name))

    def _host(self, path: str) -> Response:
        if path.startswith("/js/"):
            return Response(assets.javascript(path.removeprefix("/js/")), media_type="text/javascript")
        if path == "/host.js":
            return Response(HOST, media_type="text/javascript")
        if path == "/setup":
            told = {
                "origin": "null" if self.opaque else self.own,
                "src": f"{self.pages}{self.start}",
                "manifest": self.document,
                "granted": self.granted,
                "limits": self.limits,
                "context": {"locale": "vi", "theme": "light", "appId": APP, "gateway": f"{self.base}/v1/gw/{APP}", **self.context},
            }
            return Response(json.dumps(told), media_type="application/json")
        if path.startswith("/v1/gw/"):
            return Response("{}", media_type="application/json", headers=OPEN)
        sandbox = pages.SANDBOX if self.opaque else f"{pages.SANDBOX} allow-same-origin"
        html = f'<!doctype html><title>Host</title><iframe sandbox="{sandbox}"></iframe><script type="module" src="/host.js"></script>'
        return Response(html, media_type="text/html")


@dataclass
class Played:
    """The host's page, the guest's frame in it, and what the browser complained of."""

    page: Page
    guest: Frame
    complaints: list[str]

    async def call(self, method: str, params: Any = None) -> Any:
        """A call of the guest's; a refusal comes back as `{code, data}`."""
        script = """([method, params]) => window.hs.call(method, params ?? {})
            .catch((e) => ({ code: e.code, data: e.data, message: e.message }))"""
        return await self.guest.evaluate(script, [method, params])

    async def tap(self) -> None:
        """The person acts in the guest's page."""
        await self.guest.click("#tap")


@asynccontextmanager
async def playing(browser: Browser, stage: Stage, *, connected: bool = True) -> AsyncIterator[Played]:
    """The stage served and opened, and where it should come to that, the two ends connected."""
    async with serving(stage) as base:
        stage.base = base.replace("127.0.0.1", "localhost")
        async with watching(browser, stage.base) as seen:
            await seen.page.goto("/")
            element = await seen.page.wait_for_selector("iframe")
            frame = await element.content_frame() if element else None
            assert frame is not None
            await frame.wait_for_selector("body[data-state]" if connected else "body")
            if connected:
                await seen.page.wait_for_selector("body[data-ready]")
            yield Played(seen.page, frame, seen.complaints)
