"""The mobile app as a client of the hub: pushes its request, opens the system browser, redeems the code, calls with DPoP."""

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

from app.demo.devices.passkey import SoftwarePasskey
from app.demo.devices.proofs import DpopKey, challenge_of

CLIENT_ID = "hanoismart-mobile"
REDIRECT = "http://127.0.0.1/callback"
SCOPE = "openid profile"
_FIELD = re.compile(r'name="(client_id|request_uri|interaction|challenge_id)" value="([^"]*)"')
_OPTIONS = re.compile(r'data-options="([^"]*)"')


class SignInFailed(Exception):
    """The hub did not let the person in; the message is what it answered."""


@dataclass
class Tokens:
    access: str
    refresh: str
    id_token: str


@dataclass
class Phone:
    """One person's phone: a passkey, a DPoP key, and the tokens it holds. `http` carries the base URL."""

    http: httpx.AsyncClient
    passkey: SoftwarePasskey
    dpop: DpopKey = field(default_factory=DpopKey)
    tokens: Tokens | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "vi"

    @property
    def base(self) -> str:
        return str(self.http.base_url).rstrip("/")

    async def enrol(self, enrolment: str, label: str = "Điện thoại của tôi") -> None:
        """Register the passkey with a proofing's enrolment."""
        ask = (await self.http.post("/v1/credentials/passkeys/options", json={"enrolment": enrolment})).raise_for_status().json()
        body = {
            "enrolment": enrolment,
            "challenge_id": ask["challenge_id"],
            "credential": self.passkey.create(ask["options"]),
            "label": label,
        }
        (await self.http.post("/v1/credentials/passkeys", json=body)).raise_for_status()

    async def sign_in(self, *, scope: str = SCOPE, **parameters: str) -> Tokens:
        """The whole of RFC 9126, 7636, 9449 and 9207 for a public client. Raises SignInFailed."""
        verifier = secrets.token_urlsafe(48)
        state = secrets.token_urlsafe(16)
        answer = await self.push(verifier, state=state, scope=scope, **parameters)
        back = await self.browse(answer.json()["request_uri"])
        query = parse_qs(urlsplit(back).query)
        if query.get("iss") != [self.base] or query.get("state") != [state] or "code" not in query:
            raise SignInFailed(back)
        redeemed = await self.redeem(query["code"][0], verifier)
        if redeemed.status_code != 200:
            raise SignInFailed(redeemed.text)
        return self._keep(redeemed.json())

    async def push(self, verifier: str, *, state: str = "s", scope: str = SCOPE, **parameters: str) -> httpx.Response:
        form = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": scope,
            "state": state,
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        url = f"{self.base}/oauth/par"
        headers = {"DPoP": self.dpop.proof("POST", url)}
        return await self.http.post("/oauth/par", data=form | parameters, headers=headers)

    async def browse(self, request_uri: str) -> str:
        """The system browser: show the page, answer it with the passkey, return where it sends us. Raises SignInFailed."""
        page = await self.http.get("/oauth/authorize", params={"client_id": CLIENT_ID, "request_uri": request_uri}, headers=self._browser())
        self._take_cookies(page)
        if page.status_code == 303:
            return page.headers["location"]
        if page.status_code != 200:
            raise SignInFailed(page.text)
        fields = {name: unescape(value) for name, value in _FIELD.findall(page.text)}
        options = _OPTIONS.search(page.text)
        if options is None:
            raise SignInFailed("the page shows no options")
        credential = self.passkey.get(orjson.loads(unescape(options.group(1))))
        form = fields | {"action": "sign_in", "credential": orjson.dumps(credential).decode()}
        answer = await self.http.post("/oauth/authorize", data=form, headers=self._browser())
        self._take_cookies(answer)
        if answer.status_code != 303:
            raise SignInFailed(f"{answer.status_code}")
        return answer.headers["location"]

    async def redeem(self, code: str, verifier: str, **bent: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
        }
        return await self.token(form | bent)

    async def token(self, form: dict[str, str]) -> httpx.Response:
        proof = self.dpop.proof("POST", f"{self.base}/oauth/token")
        return await self.http.post("/oauth/token", data=form, headers={"DPoP": proof})

    async def refresh(self) -> Tokens:
        """Raises SignInFailed."""
        form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": self.held.refresh}
        answer = await self.token(form)
        if answer.status_code != 200:
            raise SignInFailed(answer.text)
        return self._keep(answer.json() | {"id_token": self.held.id_token})

    @property
    def held(self) -> Tokens:
        if self.tokens is None:
            raise SignInFailed("nobody is signed in")
        return self.tokens

    def _keep(self, body: dict[str, Any]) -> Tokens:
        self.tokens = Tokens(body["access_token"], body["refresh_token"], body["id_token"])
        return self.tokens

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call to the API with the held token and a fresh proof."""
        headers = self.signed(method, path) | (options.pop("headers", None) or {})
        return await self.http.request(method, path, headers=headers, **options)

    def signed(self, method: str, path: str) -> dict[str, str]:
        """The headers of a call: token, proof, language."""
        token = self.held.access
        proof = self.dpop.proof(method, f"{self.base}{urlsplit(path).path}", token=token)
        return {"Authorization": f"DPoP {token}", "DPoP": proof, "Accept-Language": self.language}

    def _browser(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept-Language": self.language, "User-Agent": "HanoiSmart story"} | ({"Cookie": cookie} if cookie else {})

    def _take_cookies(self, answer: httpx.Response) -> None:
        self.cookies |= dict(answer.cookies)
        self.http.cookies.clear()
