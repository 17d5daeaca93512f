"""A browser without scripts at the house's pages: it keeps cookies, reads the form that was shown, and presses its buttons."""

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx

from app.demo.devices.mobile import CLIENT_ID, Phone
from app.demo.devices.passkey import SoftwarePasskey

_FIELD = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
_OPTIONS = re.compile(r'data-options="([^"]*)"')
_NUMBER = re.compile(r'<p class="number">(\d\d)</p>')


@dataclass
class Browser:
    """At the sign-in page of our own app. `agent` and `address` (behind a trusted proxy) are what the house sees of it."""

    http: httpx.AsyncClient
    agent: str = "Mozilla/5.0 (test)"
    address: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    page: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        self.phone = Phone(self.http, SoftwarePasskey(str(self.http.base_url).rstrip("/")))

    @property
    def headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        found = {"User-Agent": self.agent, "Accept-Language": "vi"} | ({"Cookie": cookie} if cookie else {})
        return found | ({"X-Forwarded-For": self.address} if self.address else {})

    def take(self, answer: httpx.Response) -> httpx.Response:
        self.cookies |= dict(answer.cookies)
        self.http.cookies.clear()
        self.page = answer.text
        if answer.status_code < 500 and "<form" in answer.text:
            self.fields = {name: unescape(value) for name, value in _FIELD.findall(answer.text)}
        return answer

    async def open(self, **parameters: str) -> httpx.Response:
        """A request is pushed and its page opened."""
        pushed = (await self.phone.push(self.verifier, **parameters)).json()
        query = {"client_id": CLIENT_ID, "request_uri": pushed["request_uri"]}
        return self.take(await self.http.get("/oauth/authorize", params=query, headers=self.headers))

    async def get(self, path: str, **query: str) -> httpx.Response:
        return self.take(await self.http.get(path, params=query, headers=self.headers))

    async def press(self, action: str, path: str = "/oauth/authorize", **typed: str) -> httpx.Response:
        """Press a button of the page that is shown, with what was typed."""
        form = self.fields | typed | {"action": action}
        return self.take(await self.http.post(path, data=form, headers=self.headers))

    @property
    def number(self) -> int:
        found = _NUMBER.search(self.page)
        assert found is not None, self.page
        return int(found.group(1))

    @property
    def options(self) -> str:
        found = _OPTIONS.search(self.page)
        assert found is not None, self.page
        return unescape(found.group(1))

    async def redeem(self, answer: httpx.Response) -> Phone:
        """The app gets its tokens from where the browser was sent back to."""
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert "code" in query, answer.headers["location"]
        redeemed = await self.phone.redeem(query["code"][0], self.verifier)
        self.phone._keep(redeemed.json())
        return self.phone
