"""A relying party that drives any OpenID provider alike: PAR, PKCE, DPoP, and private_key_jwt where the client has keys."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from app.demo.devices.proofs import DpopKey, challenge_of
from hanoismart.clock import now

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class RelyingParty:
    """One client at one provider; `key` makes it confidential. `http` carries the browser's cookies after the first sign-in."""

    http: httpx.AsyncClient
    endpoints: dict[str, Any]
    client_id: str
    redirect: str
    key: ECKey | None = None
    dpop: DpopKey = field(default_factory=DpopKey)

    def _proved(self) -> dict[str, str]:
        """What authenticates the client."""
        if self.key is None:
            return {"client_id": self.client_id}
        moment = int(now().timestamp())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.endpoints["issuer"], "iat": moment, "exp": moment + 60}
        claims["jti"] = secrets.token_urlsafe(12)
        token = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key, algorithms=["ES256"])
        return {"client_id": self.client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}

    async def _post(self, url: str, form: dict[str, str]) -> dict[str, Any]:
        answer = await self.http.post(url, data=form | self._proved(), headers={"DPoP": self.dpop.proof("POST", url)})
        if not answer.is_success:
            raise RuntimeError(answer.text)
        body: dict[str, Any] = answer.json()
        return body

    async def push(self) -> tuple[str, str]:
        """The reference and the verifier that belongs to it."""
        verifier = secrets.token_urlsafe(48)
        form = {
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": "openid profile",
            "state": "s",
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        body = await self._post(self.endpoints["pushed_authorization_request_endpoint"], form)
        return body["request_uri"], verifier

    async def authorize(self, reference: str) -> str:
        """The code, for a browser that is signed in and has agreed; redirects within the provider are followed."""
        url, params = self.endpoints["authorization_endpoint"], {"client_id": self.client_id, "request_uri": reference}
        answer = await self.http.get(url, params=params)
        while answer.is_redirect and not answer.headers["location"].startswith(self.redirect):
            answer = await self.http.get(str(httpx.URL(url).join(answer.headers["location"])))
        if not answer.is_redirect:
            raise RuntimeError(answer.text)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def redeem(self, code: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, "code_verifier": verifier}
        return await self._post(self.endpoints["token_endpoint"], form)

    async def refresh(self, token: str) -> dict[str, Any]:
        return await self._post(self.endpoints["token_endpoint"], {"grant_type": "refresh_token", "refresh_token": token})

    async def userinfo(self, token: str) -> None:
        url = self.endpoints["userinfo_endpoint"]
        headers = {"Authorization": f"DPoP {token}", "DPoP": self.dpop.proof("GET", url, token=token)}
        (await self.http.get(url, headers=headers)).raise_for_status()
