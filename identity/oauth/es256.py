"""ES256 without ceremony (RFC 7518, section 3.4): for our own tokens, of which there are more than of all others, the curve is cost enough.

What comes from outside with a header we did not write is read by the library (`jose`).
"""

import base64
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_ECDSA = ECDSA(SHA256())
_SIZE = 32


def fits(key: EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
    """Whether r and s, 32 bytes each, are the key's signature."""
    if len(signature) != 2 * _SIZE:
        return False
    r, s = int.from_bytes(signature[:_SIZE], "big"), int.from_bytes(signature[_SIZE:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signed, _ECDSA)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=100)
def header(typ: str, kid: str) -> str:
    """The first part of every token of ours of a type and key."""
    return encoded(orjson.dumps({"alg": "ES256", "typ": typ, "kid": kid}))


def token(key: EllipticCurvePrivateKey, typ: str, kid: str, claims: dict[str, Any]) -> str:
    """A compact JWS of the claims."""
    signed = f"{header(typ, kid)}.{encoded(orjson.dumps(claims))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), _ECDSA))
    return f"{signed}.{encoded(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


def claims_of(text: str, typ: str, keys: dict[str, EllipticCurvePublicKey]) -> tuple[dict[str, Any], str] | None:
    """What a token says that begins exactly as one of ours does, and the id of its key; None where the signature does not fit.

    `keys` are by their ids. Raises LookupError for a token that begins otherwise.
    """
    head, _, rest = text.partition(".")
    kid = next((kid for kid in keys if header(typ, kid) == head), None)
    if kid is None:
        raise LookupError(typ)
    payload, _, signature = rest.partition(".")
    try:
        sealed = decoded(signature)
        # One writing of a signature counts, as in the library: a token that can be written in two ways escapes whoever compares its text.
        if encoded(sealed) != signature or not fits(keys[kid], text[: len(head) + 1 + len(payload)].encode(), sealed):
            return None
        claims = orjson.loads(decoded(payload))
    except ValueError:
        return None
    return (claims, kid) if isinstance(claims, dict) else None


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """Raises ValueError for what is no base64url."""
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
