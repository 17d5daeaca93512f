"""The one place where a compact JWS of ours is made and opened; launch tokens and assertions differ only in their claims."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from hanoismart.tokens.errors import (
    TokenAlgorithmRefused,
    TokenClaimsInvalid,
    TokenKeyUnknown,
    TokenMalformed,
    TokenSignatureInvalid,
    TokenTypeWrong,
)
from hanoismart.tokens.keys import PublicKeys, kid_of

MAX_TOKEN: Final = 8192  # characters; ours are far below
LEEWAY: Final = timedelta(seconds=10)  # how far another clock may run ahead
_NAMES: Final = ("Ed25519", "EdDSA")  # RFC 9864 renamed it; other libraries still write the old name
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class _Ed25519Only(jws.JWSRegistry):
    """Both names mean the one algorithm, so an Ed448 key can never pass under the old one."""

    def get_alg(self, name: str) -> Any:
        if name not in _NAMES:
            raise UnsupportedAlgorithmError("only Ed25519")
        return super().get_alg("Ed25519")


_REGISTRY: Final = _Ed25519Only(algorithms=["Ed25519"])


def sign(claims: Mapping[str, object], key: OKPKey, *, typ: str) -> str:
    """The compact JWS of some claims."""
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact({"alg": "Ed25519", "typ": typ, "kid": kid_of(key)}, payload, key, registry=_REGISTRY)


def raw_signature(message: bytes, key: OKPKey) -> bytes:
    """The bare Ed25519 signature over some bytes (RFC 8032)."""
    signature: bytes = _REGISTRY.get_alg("Ed25519").sign(message, key)
    return signature


def raw_verify(message: bytes, signature: bytes, key: OKPKey) -> bool:
    """Whether a bare Ed25519 signature over some bytes is the key's (RFC 8032)."""
    held: bool = _REGISTRY.get_alg("Ed25519").verify(message, signature, key)
    return held


def open_signed(raw: str, keys: PublicKeys, *, typ: str) -> dict[str, object]:
    """The claims of a token whose signature holds; raises the TokenError of the first step that fails.

    Only alg, typ and kid may stand in the header: keys and addresses that a token brings along count for nothing.
    """
    segments = _COMPACT.fullmatch(raw) if isinstance(raw, str) and len(raw) <= MAX_TOKEN else None
    if segments is None:
        raise TokenMalformed("three base64url parts and no more")
    header = _object(segments[1])
    if header is None or not header.keys() <= {"alg", "typ", "kid"}:
        raise TokenMalformed("a header of alg, typ and kid")
    if header.get("alg") not in _NAMES:
        raise TokenAlgorithmRefused
    if header.get("typ") != typ:
        raise TokenTypeWrong(typ)
    kid = header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise TokenKeyUnknown
    try:
        jws.deserialize_compact(raw, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as refused:
        raise TokenSignatureInvalid from refused
    claims = _object(segments[2])
    if claims is None:
        raise TokenClaimsInvalid("a JSON object without repeated names")
    return claims


def _object(segment: str) -> dict[str, object] | None:
    try:
        value = json.loads(urlsafe_b64decode(segment.encode()).decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def text(claims: Mapping[str, object], name: str, *, most: int = 255) -> str:
    """A claim that must be a text; raises TokenClaimsInvalid otherwise."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise TokenClaimsInvalid(name)
    return value


def optional_text(claims: Mapping[str, object], name: str, *, most: int = 255) -> str | None:
    """A claim that may be missing, but never null or of another type."""
    return text(claims, name, most=most) if name in claims else None


def texts(claims: Mapping[str, object], name: str) -> frozenset[str]:
    """A claim that is a list of texts; missing is empty."""
    value = claims.get(name, [])
    if not isinstance(value, list) or len(value) > 100 or not all(isinstance(one, str) and 0 < len(one) <= 100 for one in value):
        raise TokenClaimsInvalid(name)
    return frozenset(value)


def moment(claims: Mapping[str, object], name: str) -> datetime:
    """A claim in whole Unix seconds (RFC 7519, NumericDate)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**35:
        raise TokenClaimsInvalid(name)
    return datetime.fromtimestamp(value, UTC)


def seconds(at: datetime) -> int:
    """Whole Unix seconds of an aware datetime; raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("tokens carry aware datetimes")
    return int(at.timestamp())
