"""Speaks with VNeID: OpenID Connect by authlib's client, with PKCE, state and nonce; what an answer says is read by the settings' names."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx2
import orjson
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.federation.settings import VneidSettings

_LEEWAY = 60
_LONGEST = 200


class VneidUnavailable(Problem):
    code = "proofing.vneid_unavailable"
    status = 503
    keep = True
    title = Text(vi="VNeID hiện không phản hồi", en="VNeID does not answer at present")


class VneidRefused(Problem):
    """VNeID refused, or what it said does not hold. Nothing of it is kept; `step` names the check."""

    code = "proofing.vneid_refused"
    status = 422
    keep = True
    title = Text(vi="VNeID không xác nhận danh tính này", en="VNeID did not confirm this identity")

    def __init__(self, step: str) -> None:
        super().__init__(step=step)


@dataclass(frozen=True, slots=True)
class Identity:
    """What VNeID vouches for: `level` 1 or 2. It prints nothing of the person."""

    level: int
    number: str = field(repr=False)
    former_number: str | None = field(repr=False)
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    nationality: str
    expires_on: date | None


class Vneid:
    """Part `vneid` of the runtime."""

    def __init__(self, own: VneidSettings, callback: str) -> None:
        self._own = own
        self._callback = callback

    @property
    def offered(self) -> bool:
        own = self._own
        return None not in {own.vneid_issuer, own.vneid_authorize_url, own.vneid_token_url, own.vneid_jwks_url}

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the person's browser goes. Raises VneidUnavailable where VNeID is not set."""
        if not self.offered:
            raise VneidUnavailable
        client = self._client()
        url, _ = client.create_authorization_url(self._own.vneid_authorize_url, state=state, nonce=nonce, code_verifier=verifier)
        return str(url)

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Who came back with `code`. Calls out: no session may be held meanwhile. Raises VneidUnavailable, VneidRefused."""
        try:
            async with self._client() as client:
                token = await client.fetch_token(self._own.vneid_token_url, code=code, code_verifier=verifier)
                keys = await client.request("GET", self._own.vneid_jwks_url, withhold_token=True)
                keys.raise_for_status()
                return self._read(self._verified(str(token.get("id_token", "")), keys.json(), nonce))
        except OAuthError as refused:
            raise VneidRefused("token") from refused
        except (httpx2.HTTPError, ValueError) as silent:
            raise VneidUnavailable from silent

    def _client(self) -> AsyncOAuth2Client:
        own = self._own
        how: dict[str, Any] = {"client_secret": own.vneid_client_secret, "token_endpoint_auth_method": "client_secret_basic"}
        if own.vneid_private_key is not None:
            how = {"client_secret": ECKey.import_key(orjson.loads(own.vneid_private_key)), "token_endpoint_auth_method": "private_key_jwt"}
        elif own.vneid_client_secret is None:
            how = {"token_endpoint_auth_method": "none"}
        client = AsyncOAuth2Client(
            own.vneid_client_id,
            scope=own.vneid_scope,
            redirect_uri=self._callback,
            code_challenge_method="S256",
            timeout=own.vneid_seconds,
            **how,
        )
        if own.vneid_private_key is not None:
            client.register_client_auth_method(PrivateKeyJWT(own.vneid_token_url, alg="ES256"))
        return client

    def _verified(self, token: str, keys: Any, nonce: str) -> dict[str, Any]:
        """The ID token's claims (OpenID Connect Core section 3.1.3.7). Raises VneidRefused."""
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=self._own.vneid_algorithms.split()).claims
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise VneidRefused("id_token") from error
        audience = claims.get("aud")
        moment = int(now().timestamp())
        expires, issued = claims.get("exp"), claims.get("iat")
        good = (
            claims.get("iss") == self._own.vneid_issuer
            and self._own.vneid_client_id in (audience if isinstance(audience, list) else [audience])
            and claims.get("nonce") == nonce
            and isinstance(expires, int)
            and isinstance(issued, int)
            and issued - _LEEWAY <= moment < expires + _LEEWAY
        )
        if not good:
            raise VneidRefused("id_token")
        return dict(claims)

    def _read(self, claims: dict[str, Any]) -> Identity:
        own = self._own
        level = {own.vneid_level_1: 1, own.vneid_level_2: 2}.get(str(claims.get(own.vneid_claim_level)))
        if level is None:
            raise VneidRefused("level")
        if str(claims.get(own.vneid_claim_status, own.vneid_status_good)) != own.vneid_status_good:
            raise VneidRefused("status")
        number, name = str(claims.get(own.vneid_claim_number, "")), " ".join(str(claims.get(own.vneid_claim_name, "")).split())
        former = claims.get(own.vneid_claim_former_number)
        if not (len(number) == 12 and number.isascii() and number.isdigit()) or not 0 < len(name) <= _LONGEST:
            raise VneidRefused("claims")
        try:
            expiry = claims.get(own.vneid_claim_expiry)
            return Identity(
                level=level,
                number=number,
                former_number=str(former) if former else None,
                name=name,
                birth_date=date.fromisoformat(str(claims.get(own.vneid_claim_birth_date))),
                nationality=str(claims.get(own.vneid_claim_nationality) or "VNM")[:3],
                expires_on=date.fromisoformat(str(expiry)) if expiry else None,
            )
        except ValueError as error:
            raise VneidRefused("claims") from error
