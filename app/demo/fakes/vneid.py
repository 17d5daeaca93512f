"""VNeID as we imagine it: an OpenID Connect provider with twenty invented people, each good for one thing that may happen."""

import asyncio
import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from hanoismart.clock import now

SLOW_SECONDS: Final = 30


def _person(number: str, name: str, birth: str, level: str = "2", **more: str) -> dict[str, str]:
    return {"personal_number": number, "name": name, "birthdate": birth, "level": level, "status": "active", **more}


PERSONAS: Final[dict[str, dict[str, str]]] = {
    "lan": _person("001190000123", "Nguyễn Thị Lan", "1990-05-04"),
    "minh": _person("001090000456", "Trần Văn Minh", "1990-01-01"),
    "hoa_level_1": _person("001185000001", "Trần Thị Hòa", "1985-03-09", "1"),
    "thu_level_1": _person("001188000002", "Phạm Minh Thu", "1988-07-01", "1"),
    "an_under_14": _person("001215000003", "Trần Minh An", "2015-01-01"),
    "binh_under_18": _person("001210000004", "Lê Gia Bình", "2010-06-01"),
    "anna_foreigner": _person(
        "001300900005", "Anna Maria Eriksson", "1974-08-12", nationality="UTO", document="residence_card", document_expires="2090-01-01"
    ),
    "short_card": _person("001300900006", "Sven Svensson", "1980-02-02", nationality="UTO", document_expires="2020-01-01"),
    "mismatch": _person("001190000007", "Đỗ Văn Lệch", "1975-05-04"),
    "dead_document": _person("001190000008", "Đỗ Thị Cũ", "1990-05-04", status="revoked"),
    "old_number": _person("001190000009", "Bùi Thị Cũ", "1990-05-04", former_number="012345678"),
    "no_level": _person("001190000010", "Hồ Văn Không", "1990-05-04", "0"),
    "no_number": _person("", "Ngô Văn Thiếu", "1990-05-04"),
    "no_birth_date": _person("001190000012", "Lý Thị Thiếu", ""),
    "denied": {"does": "denied"},
    "error": {"does": "error"},
    "slow": _person("001190000015", "Vũ Văn Chậm", "1990-05-04", does="slow"),
    "wrong_nonce": _person("001190000016", "Phan Văn Lạ", "1990-05-04", does="wrong_nonce"),
    "wrong_key": _person("001190000017", "Phan Thị Giả", "1990-05-04", does="wrong_key"),
    "expired_token": _person("001190000018", "Phan Thị Muộn", "1990-05-04", does="expired_token"),
}


@dataclass
class Vneid:
    """`GET /authorize?…&persona=lan` sends the browser back at once; without a persona it shows a page to choose from."""

    client_id: str
    client_secret: str
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "vneid-1"}))
    address: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Starlette:
        routes = [
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/jwks", self._keys),
            Route("/.well-known/openid-configuration", self._metadata),
        ]
        return Starlette(routes=routes)

    async def _metadata(self, _request: Request) -> Response:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return JSONResponse({"issuer": self.address} | {name: f"{self.address}/{path}" for name, path in names.items()})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") != self.client_id or asked.get("code_challenge_method") != "S256" or not asked.get("state"):
            return JSONResponse({"error": "invalid_request"}, 400)
        persona = asked.pop("persona", "")
        if persona not in PERSONAS:
            links = "".join(f'<li><a href="?{escape(urlencode(asked | {"persona": name}))}">{name}</a></li>' for name in PERSONAS)
            return HTMLResponse(f"<title>VNeID (fake)</title><ul>{links}</ul>")
        does = PERSONAS[persona].get("does")
        if does in {"denied", "error"}:
            said = {"error": "access_denied" if does == "denied" else "server_error"}
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = asked | {"persona": persona}
            said = {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said | {'state': asked['state']})}", 303)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if not self._authenticated(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        person = PERSONAS[asked["persona"]]
        does = person.get("does")
        if does == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return JSONResponse(
            {"access_token": "none", "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token(asked, person, does)}
        )

    def _authenticated(self, request: Request, form: dict[str, str]) -> bool:
        """The secret in HTTP Basic, or any assertion (the fake has nobody's public key)."""
        basic = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {basic}" or "client_assertion" in form

    def _id_token(self, asked: dict[str, str], person: dict[str, str], does: str | None) -> str:
        moment = int(now().timestamp()) - (3_600 if does == "expired_token" else 0)
        claims: dict[str, Any] = {name: value for name, value in person.items() if name != "does"}
        claims |= {"iss": self.address, "aud": self.client_id, "sub": asked["persona"], "iat": moment, "exp": moment + 300}
        claims["nonce"] = "another" if does == "wrong_nonce" else asked.get("nonce")
        key = ECKey.generate_key("P-256", {"kid": "vneid-1"}) if does == "wrong_key" else self.key
        return jwt.encode({"alg": "ES256", "kid": "vneid-1"}, claims, key, algorithms=["ES256"])


def settings(address: str, secret: str) -> dict[str, str]:
    """The hub's settings that point at a fake on `address`."""
    return {
        "HANOISMART_VNEID_ISSUER": address,
        "HANOISMART_VNEID_AUTHORIZE_URL": f"{address}/authorize",
        "HANOISMART_VNEID_TOKEN_URL": f"{address}/token",
        "HANOISMART_VNEID_JWKS_URL": f"{address}/jwks",
        "HANOISMART_VNEID_CLIENT_ID": "hanoismart-demo",
        "HANOISMART_VNEID_CLIENT_SECRET": secret,
    }
