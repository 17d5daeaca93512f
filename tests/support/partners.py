"""A relying party with keys of its own, and the browser of the person it signs in: FAPI 2.0 as a confidential client speaks it."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.demo.devices.proofs import DpopKey, challenge_of
from app.main import Hub
from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.text import Text
from identity.api import clients
from identity.api.clients import ClientKind, ClientSpec
from tests.support.hubs import BASE

REDIRECT = "https://partner.example/callback"
PURPOSE = Text(vi="Để gửi thẻ thư viện cho bạn", en="To send you your library card")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_BOX = re.compile(r'type="checkbox"[^>]* name="agree\.([^"]+)"')
_OPTIONS = re.compile(r'data-options="([^"]*)"')


def client_spec(client_id: str, key: ECKey, **more: Any) -> ClientSpec:
    """A confidential client that asks for much, each with its purpose."""
    values: dict[str, Any] = {
        "name": Text(vi="Thư viện", en="Library"),
        "kind": ClientKind.CONFIDENTIAL,
        "scopes": ["openid", "profile", "email", "phone", "address"],
        "jwks": {"keys": [key.as_dict(private=False)]},
        "redirect_uris": (REDIRECT,),
        "post_logout_redirect_uris": ("https://partner.example/bye",),
        "purposes": dict.fromkeys(("profile", "claim:birthdate", "claim:personal_number", "claim:residence", "claim:student"), PURPOSE),
    }
    return ClientSpec(client_id=client_id, **(values | more))


@dataclass
class Browser:
    """A person's browser: its cookies and the passkey at hand."""

    http: httpx.AsyncClient
    passkey: SoftwarePasskey
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "vi"

    @classmethod
    def of(cls, phone: Phone) -> "Browser":
        return cls(phone.http, phone.passkey, phone.cookies)

    async def get(self, path: str, **params: str) -> httpx.Response:
        return self._kept(await self.http.get(path, params=params, headers=self._headers()))

    async def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        return self._kept(await self.http.post(path, data=form, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept-Language": self.language, "User-Agent": "Firefox"} | ({"Cookie": cookie} if cookie else {})

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        self.cookies |= dict(answer.cookies)
        self.http.cookies.clear()
        return answer

    async def sign_in(self, page: httpx.Response) -> httpx.Response:
        """Answer the sign-in page with the passkey."""
        found = _OPTIONS.search(page.text)
        assert found is not None, page.text
        credential = self.passkey.get(orjson.loads(unescape(found.group(1))))
        form = hidden(page) | {"action": "sign_in", "credential": orjson.dumps(credential).decode()}
        return await self.post("/oauth/authorize", form)

    async def agree(self, page: httpx.Response, *keys: str) -> httpx.Response:
        """Tick these boxes of the screen of agreement and go on."""
        form = hidden(page) | {"action": "allow"} | {f"agree.{key}": "yes" for key in keys}
        return await self.post("/oauth/consent", form)

    async def go(self, client_id: str, request_uri: str, *, agree: tuple[str, ...] | None = None) -> httpx.Response:
        """The whole way: sign in if asked, agree to everything (or to `agree`) if asked; the last answer."""
        answer = await self.get("/oauth/authorize", client_id=client_id, request_uri=request_uri)
        if answer.status_code == 200 and _OPTIONS.search(answer.text):
            answer = await self.sign_in(answer)
        if answer.status_code == 200 and 'action="/oauth/consent"' in answer.text:
            answer = await self.agree(answer, *(boxes(answer) if agree is None else agree))
        return answer


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page's form."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}


def boxes(page: httpx.Response) -> list[str]:
    """What the screen of agreement asks for, by key."""
    return _BOX.findall(page.text)


def query(answer: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect back to the client."""
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query, keep_blank_values=True).items()}


@dataclass
class Partner:
    """One registered relying party; `send` of every method may bend what is sent."""

    http: httpx.AsyncClient
    client_id: str = "partner"
    redirect: str = REDIRECT
    base: str = BASE
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "p1"}, private=True))
    dpop: DpopKey = field(default_factory=DpopKey)
    verifier: str = ""

    async def register(self, hub: Hub, **more: Any) -> "Partner":
        return await self.keep(hub.process.database, **more)

    async def keep(self, database: Database, **more: Any) -> "Partner":
        """Registered straight in a database."""
        async with database.transaction() as session:
            await clients.ensure(session, client_spec(self.client_id, self.key, **({"redirect_uris": (self.redirect,)} | more)))
        return self

    def assertion(self, **bent: Any) -> dict[str, str]:
        """private_key_jwt; a claim bent to None is left out, `header` bends the header."""
        moment = int(now().timestamp())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.base, "exp": moment + 60, "iat": moment, "jti": new_id().hex}
        header = {"alg": "ES256", "kid": "p1"} | bent.pop("header", {})
        claims = {name: value for name, value in (claims | bent).items() if value is not None}
        token = jwt.encode(header, claims, self.key, algorithms=["ES256"])
        return {"client_id": self.client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}

    def parameters(self, **more: str | None) -> dict[str, str]:
        """An authorization request with a fresh verifier; a parameter given as None is left out."""
        self.verifier = secrets.token_urlsafe(48)
        values: dict[str, str | None] = {
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": "openid profile",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (values | more).items() if value is not None}

    def signed(self, parameters: dict[str, Any], **bent: Any) -> str:
        """The parameters as a request object (RFC 9101)."""
        moment = int(now().timestamp())
        claims = (
            {"iss": self.client_id, "aud": self.base, "exp": moment + 60, "nbf": moment, "client_id": self.client_id} | parameters | bent
        )
        header = {"alg": "ES256", "kid": "p1", "typ": "oauth-authz-req+jwt"}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self.key, algorithms=["ES256"])

    async def send(
        self, path: str, form: dict[str, str], *, proof: str | None = "", assertion: dict[str, str] | None = None
    ) -> httpx.Response:
        """A POST with this client's authentication; `proof` "" makes a fresh one, None sends none."""
        made = self.dpop.proof("POST", f"{self.base}{path}") if proof == "" else proof
        headers = {"DPoP": made} if made is not None else {}
        return await self.http.post(path, data=form | (self.assertion() if assertion is None else assertion), headers=headers)

    async def push(self, *, proof: str | None = "", assertion: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        return await self.send("/oauth/par", self.parameters(**more), proof=proof, assertion=assertion)

    async def request_uri(self, **more: Any) -> str:
        answer = await self.push(**more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_uri"])

    async def token(self, form: dict[str, str], *, proof: str | None = "", assertion: dict[str, str] | None = None) -> httpx.Response:
        return await self.send("/oauth/token", form, proof=proof, assertion=assertion)

    def redemption(self, code: str, **bent: str | None) -> dict[str, str]:
        values: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, "code_verifier": self.verifier,
        }  # fmt: skip
        return {name: value for name, value in (values | bent).items() if value is not None}

    async def redeem(self, code: str, **bent: str | None) -> httpx.Response:
        return await self.token(self.redemption(code, **bent))

    async def code(self, browser: Browser, *, agree: tuple[str, ...] | None = None, **more: Any) -> str:
        """A fresh code."""
        back = query(await browser.go(self.client_id, await self.request_uri(**more), agree=agree))
        assert "code" in back, back
        return back["code"]

    async def sign_in(self, browser: Browser, *, agree: tuple[str, ...] | None = None, **more: Any) -> dict[str, Any]:
        """The whole of it; the token response."""
        answer = await self.redeem(await self.code(browser, agree=agree, **more))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def refresh(self, token: str, **bent: str) -> httpx.Response:
        return await self.token({"grant_type": "refresh_token", "refresh_token": token} | bent)

    async def call(self, method: str, path: str, token: str, *, scheme: str = "DPoP", **options: Any) -> httpx.Response:
        proof = self.dpop.proof(method, f"{self.base}{path}", token=token)
        headers = {"Authorization": f"{scheme} {token}", "DPoP": proof} | options.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **options)

    async def userinfo(self, token: str) -> httpx.Response:
        return await self.call("GET", "/oauth/userinfo", token)

    async def introspect(self, token: str) -> dict[str, Any]:
        answer = await self.send("/oauth/introspect", {"token": token}, proof=None)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def seconds_ahead(seconds: int) -> int:
    """A NumericDate from now."""
    return int((now() + timedelta(seconds=seconds)).timestamp())
