"""DPoP proofs and PKCE, as a mobile client makes them."""

import base64
import hashlib
import secrets
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from hanoismart.clock import now


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class DpopKey:
    """A device's key; every proof has a fresh `jti`."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", private=True)

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def proof(self, method: str, url: str, *, token: str | None = None, **bent: Any) -> str:
        """A proof for one request; `bent` overrides claims, for tests."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(now().timestamp())}
        if token is not None:
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        return jwt.encode(header, claims | bent, self.key, algorithms=["ES256"])
