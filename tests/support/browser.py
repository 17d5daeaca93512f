"""A real Chromium for the pages: what it complains of, whom it asks, and what a person would see."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, async_playwright, expect

expect.set_options(timeout=30_000)  # milliseconds; a page is waited for as patiently as a click, however busy the machine
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
MORE_FLAGS = ("--disable-component-update", "--disable-sync")
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CREATE = """async (options) => (await navigator.credentials.create(
    {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON()"""
# WCAG 2.2, 1.4.3: what stands in too little contrast to what lies behind it, opacity reckoned in.
PALE = """() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (el) => { const chain = []; for (let e = el; e; e = e.parentElement) chain.unshift(getComputedStyle(e).backgroundColor);
    const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
    return chain.reduce((below, one) => over(numbers(one), below), canvas); };
  const opacity = (el) => { let all = 1; for (let e = el; e; e = e.parentElement) all *= getComputedStyle(e).opacity; return all; };
  return [...document.body.querySelectorAll('*')]
    .filter((el) => el.checkVisibility() && [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((el) => { const style = getComputedStyle(el), ground = behind(el), ink = numbers(style.color);
      const [a, b] = [light(over([...ink.slice(0, 3), (ink[3] ?? 1) * opacity(el)], ground)), light(ground)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      return [el.textContent.trim().slice(0, 40), Math.round(ratio * 100) / 100, large ? 3 : 4.5]; })
    .filter(([, ratio, least]) => ratio < least);
}"""
SMALL = """() => [...document.querySelectorAll('button, input:not([type=hidden]), select')]
    .filter((el) => el.checkVisibility())
    .map((el) => [el.textContent, el.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < 24).map(([text]) => text)"""
UNFOCUSED = """() => { const style = getComputedStyle(document.activeElement);
    return document.activeElement === document.body || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2; }"""


@dataclass
class Watched:
    """A page, with everything the browser complained of and every address it asked."""

    page: Page
    cdp: CDPSession
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def authenticator(self) -> str:
        """A passkey provider of its own, in whose hand a person is present and verified."""
        await self.cdp.send("WebAuthn.enable")
        return str((await self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR}))["authenticatorId"])

    async def faults(self) -> list[Any]:
        """What WCAG 2.2 AA would have against the page as it is shown now."""
        page = self.page
        found: list[Any] = await page.evaluate(PALE)
        found += [f"small: {text}" for text in await page.evaluate(SMALL)]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("it scrolls sideways")
        if await page.locator("h1").count() != 1 or not await page.title():
            found.append("one heading and a title")
        if await page.locator("[style], style, script:not([src])").count():
            found.append("inline style or script")
        return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's Chromium (ops/chromium.sh finds it, the checks name it in the environment)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("HANOISMART_CHROMIUM", "/usr/bin/chromium"), headless=True, args=[*FLAGS, *MORE_FLAGS]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def watching(browser: Browser, base: str, *, language: str = "vi", **options: Any) -> AsyncIterator[Watched]:
    """A fresh browser with one page, in a language."""
    context: BrowserContext = await browser.new_context(base_url=base, locale=language, **options)
    page = await context.new_page()
    watched = Watched(page, await context.new_cdp_session(page))

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            watched.complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("request", lambda request: watched.asked.append(request.url))
    try:
        yield watched
    finally:
        await context.close()
