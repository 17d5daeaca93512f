"""Proves to the hub who a backend is: private_key_jwt for the token, DPoP for every call (RFC 7523, RFC 9449)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from hanoismart import clock
from hanoismart.ids import new_id
from hanoismart.tokens.keys import kid_of

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY: Final = timedelta(seconds=20)  # a token is renewed before it can expire on the way


class TokenRefused(Exception):
    """The hub gives this backend no token; `response` says why (RFC 6749, section 5.2)."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        super().__init__(f"no token: {response.status_code}")


@dataclass
class Credentials:
    """One backend's identity towards one hub; `key` is registered there, the DPoP key is made fresh and kept in memory."""

    issuer: str
    client_id: str
    key: OKPKey
    scope: str | None = None
    dpop_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    _token: str = ""
    _expires_at: datetime | None = None
    _nonce: str | None = None

    async def authorize(self, http: httpx.AsyncClient, method: str, url: str) -> dict[str, str]:
        """The Authorization and DPoP headers of one call; raises TokenRefused when the hub gives no token."""
        if self._expires_at is None or clock.now() >= self._expires_at - _EARLY:
            await self._renew(http)
        return {"Authorization": f"DPoP {self._token}", "DPoP": self.proof(method, url, token=self._token)}

    def forget(self) -> None:
        """Ask for a new token at the next call: the present one was refused."""
        self._expires_at = None

    def heard(self, response: httpx.Response) -> bool:
        """Keep the hub's nonce; whether the answer asks for the call again with it."""
        nonce = response.headers.get("dpop-nonce")
        if nonce:
            self._nonce = nonce
        return nonce is not None and response.status_code in {400, 401}

    def proof(self, method: str, url: str, *, token: str | None = None) -> str:
        """A DPoP proof for one call."""
        claims: dict[str, object] = {"jti": str(new_id()), "htm": method, "htu": url, "iat": int(clock.now().timestamp())}
        if token is not None:
            claims["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.dpop_key.as_dict(private=False)}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.dpop_key, algorithms=["ES256"])

    def assertion(self) -> str:
        """The client assertion: audience the issuer as a string, one use, 60 seconds."""
        now = int(clock.now().timestamp())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "jti": str(new_id()), "iat": now, "exp": now + 60}
        header = {"alg": "Ed25519", "kid": kid_of(self.key)}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.key, algorithms=["Ed25519"])

    async def _renew(self, http: httpx.AsyncClient) -> None:
        url = f"{self.issuer}/oauth/token"
        response = await self._ask(http, url)
        if self.heard(response):
            response = await self._ask(http, url)
        if response.is_error:
            raise TokenRefused(response)
        document = response.json()
        self._token = str(document["access_token"])
        self._expires_at = clock.now() + timedelta(seconds=int(document["expires_in"]))

    async def _ask(self, http: httpx.AsyncClient, url: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        if self.scope is not None:
            form["scope"] = self.scope
        return await http.post("/oauth/token", data=form, headers={"DPoP": self.proof("POST", url)})
