"""DPoP (RFC 9449): a proof that the sender holds the key a token is bound to."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from hanoismart.clock import now
from identity.oauth import es256
from identity.settings import settings
from kernel import key_file
from kernel.settings import parse_keys

ALGORITHMS = ("ES256", "EdDSA", "Ed25519")
SKEW = timedelta(seconds=60)
NONCE_LIFETIME = timedelta(minutes=5)
NONCE_AHEAD = timedelta(seconds=5)  # the clocks of two processes may differ
MAX_PROOF = 4096
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class ProofRefused(Exception):
    """Why a proof does not count, in words a developer can act on; `nonce` asks for a fresh server nonce instead."""

    def __init__(self, reason: str, *, nonce: bool = False) -> None:
        super().__init__(reason)
        self.nonce = nonce


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified proof: the thumbprint of its key (RFC 7638), its id, and until when the id must be remembered."""

    jkt: str
    jti: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Sender:
    """What a proof's header says, read once per device: the header is the same in every proof of a key."""

    public: EllipticCurvePublicKey | Ed25519PublicKey
    jkt: str


def verify(raw: str, *, method: str, url: str, token: str | None = None) -> Proof:
    """Check a proof for a request. `url` is the request's absolute URL; `token` the access token it accompanies (`ath`).

    Raises ProofRefused. Replay is the caller's to refuse, with `jti`.
    """
    if len(raw) > MAX_PROOF or raw.count(".") != 2:
        raise ProofRefused("the proof is not a compact JWS")
    header, payload, signature = raw.split(".")
    sender = _sender(header)
    _check_signature(sender, f"{header}.{payload}".encode(), _decoded(signature))
    claims = _object(payload)
    if claims.get("htm") != method:
        raise ProofRefused("htm does not match the method")
    if not _same_url(claims.get("htu"), url):
        raise ProofRefused("htu does not match the URL")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 256:
        raise ProofRefused("jti is missing")
    counts = _check_time(claims)
    if token is not None and claims.get("ath") != _ath(token):
        raise ProofRefused("ath does not match the token")
    return Proof(sender.jkt, jti, now() + counts)


@lru_cache(maxsize=10_000)
def _sender(encoded: str) -> _Sender:
    header = _object(encoded)
    if header.get("typ") != "dpop+jwt":
        raise ProofRefused("typ is not dpop+jwt")
    if header.get("crit"):
        raise ProofRefused("critical header members are not understood")
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise ProofRefused("alg is not supported")
    key = _key(header.get("jwk"), algorithm)
    public = key.public_key
    if not isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey):
        raise ProofRefused("jwk is not a public key")
    return _Sender(public, key.thumbprint())


def _check_signature(sender: _Sender, signed: bytes, signature: bytes) -> None:
    """ES256 is r and s of 32 bytes each (RFC 7518, section 3.4), Ed25519 as it is (RFC 8037)."""
    try:
        if isinstance(sender.public, Ed25519PublicKey):
            sender.public.verify(signature, signed)
            return
    except InvalidSignature as error:
        raise ProofRefused("the signature does not verify") from error
    if not es256.fits(sender.public, signed, signature):
        raise ProofRefused("the signature does not verify")


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ProofRefused("the proof is not base64url") from error


def _object(part: str) -> dict[str, Any]:
    try:
        document = orjson.loads(_decoded(part))
    except orjson.JSONDecodeError as error:
        raise ProofRefused("a part of the proof cannot be read") from error
    if not isinstance(document, dict):
        raise ProofRefused("a part of the proof is not an object")
    return document


def _key(document: Any, algorithm: str) -> ECKey | OKPKey:
    if not isinstance(document, dict) or PRIVATE_MEMBERS & document.keys():
        raise ProofRefused("jwk is not a public key")
    try:
        if algorithm == "ES256" and document.get("kty") == "EC" and document.get("crv") == "P-256":
            return ECKey.import_key({name: document[name] for name in ("kty", "crv", "x", "y")})
        if algorithm != "ES256" and document.get("kty") == "OKP" and document.get("crv") == "Ed25519":
            return OKPKey.import_key({name: document[name] for name in ("kty", "crv", "x")})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProofRefused("jwk cannot be read") from error
    raise ProofRefused("jwk does not fit alg")


def _check_time(claims: dict[str, Any]) -> timedelta:
    """For how long from now at most the proof could come again and be in time."""
    # RFC 9449 needs neither, but a proof that says when it counts counts only then.
    if _lies(claims.get("exp"), after=-SKEW) or _lies(claims.get("nbf"), before=SKEW):
        raise ProofRefused("the proof says itself that it does not count now")
    nonce = claims.get("nonce")
    if nonce is not None:
        if not isinstance(nonce, str) or not nonce_valid(nonce):
            raise ProofRefused("the nonce is not one of ours or has expired", nonce=True)
        return NONCE_LIFETIME + NONCE_AHEAD  # our nonce tells the age better than the caller's clock
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int):
        raise ProofRefused("iat is missing")
    if abs(now().timestamp() - issued) > SKEW.total_seconds():
        raise ProofRefused("iat is too far from the server's time", nonce=True)
    return 2 * SKEW


def _lies(moment: Any, *, after: timedelta | None = None, before: timedelta | None = None) -> bool:
    """Whether a NumericDate that stands there breaks its bound; what is no number breaks it too."""
    if moment is None:
        return False
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return True
    ahead = moment - now().timestamp()
    return (after is not None and ahead < after.total_seconds()) or (before is not None and ahead > before.total_seconds())


def _same_url(claimed: Any, actual: str) -> bool:
    """Query and fragment ignored, scheme and host in any case, default port dropped (RFC 9449, section 4.3)."""
    return isinstance(claimed, str) and len(claimed) < 2048 and (claimed == actual or _normal(claimed) == _normal(actual))


def _normal(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme.lower())
    except ValueError:
        return None
    if parts.hostname is None or parts.username is not None:
        return None
    return parts.scheme.lower(), parts.hostname.lower(), port, parts.path or "/"


def _ath(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[dict[str, bytes], str]:
    return parse_keys(text)


def _nonce_keys() -> list[bytes]:
    """The key that signs first, then the others that are held: a nonce made just before a rotation still counts."""
    keys, current = _parsed(key_file.line("nonce", settings().nonce_key))
    return [keys[current], *(key for key_id, key in keys.items() if key_id != current)]


def nonce() -> str:
    """A server nonce: the time and its MAC, so that no process has to remember it."""
    stamp = int(now().timestamp()).to_bytes(8, "big")
    mac = hmac.new(_nonce_keys()[0], stamp, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(stamp + mac).decode().rstrip("=")


def nonce_valid(text: str) -> bool:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return False
    stamp, mac = raw[:8], raw[8:]
    if not any(hmac.compare_digest(mac, hmac.new(key, stamp, hashlib.sha256).digest()[:16]) for key in _nonce_keys()):
        return False
    made = datetime.fromtimestamp(int.from_bytes(stamp, "big"), tz=UTC)
    return -NONCE_AHEAD <= now() - made <= NONCE_LIFETIME
