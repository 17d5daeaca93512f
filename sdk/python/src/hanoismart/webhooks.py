"""Standard Webhooks 1.0.0: messages whose bytes are signed, by a shared secret (v1) and by an Ed25519 key (v1a), for both ends."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey

from hanoismart.tokens.signed import raw_signature

TOLERANCE: Final = timedelta(minutes=5)
MAX_BODY: Final = 20 * 1024
# Delays before the second to the last attempt; a sender adds jitter.
RETRIES: Final = tuple(timedelta(seconds=one) for one in (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TYPE = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*")


class WebhookRefused(Exception):
    """A message that must not be acted on; `step` is headers, timestamp, signature or body."""

    def __init__(self, step: str, detail: str) -> None:
        self.step = step
        super().__init__(f"{step}: {detail}")


@dataclass(frozen=True, slots=True)
class Received:
    """A message whose signature holds. `id` is the same on every retry: remember it, and act once."""

    id: str
    type: str
    sent_at: datetime
    data: Mapping[str, object]


def new_secret() -> str:
    """A fresh shared secret of 32 bytes, as `whsec_` and base64."""
    return "whsec_" + b64encode(token_bytes(32)).decode()


def public_key_text(key: OKPKey) -> str:
    """A public key as `whpk_` and base64 of its 32 bytes."""
    public = key.public_key
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError("webhooks are signed with Ed25519 keys")
    return "whpk_" + b64encode(public.public_bytes_raw()).decode()


def private_key_text(key: OKPKey) -> str:
    """A private key as `whsk_` and base64 of its 32 bytes."""
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("webhooks are signed with Ed25519 keys")
    return "whsk_" + b64encode(private.private_bytes_raw()).decode()


def body_of(kind: str, at: datetime, data: Mapping[str, object]) -> bytes:
    """The bytes to sign and to send; raises ValueError for a malformed type or a body that is not thin (20 KB)."""
    if _TYPE.fullmatch(kind) is None:
        raise ValueError("a type is dotted names")
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = json.dumps({"type": kind, "timestamp": stamp, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) >= MAX_BODY:
        raise ValueError("a message stays under 20 KB")
    return body


def sign(message_id: str, at: datetime, body: bytes, *, secrets: Iterable[str] = (), keys: Iterable[OKPKey] = ()) -> dict[str, str]:
    """The three headers of one attempt at `at`; give old secrets and keys too while they rotate."""
    if _ID.fullmatch(message_id) is None:
        raise ValueError("an id has no dot")
    stamp = str(int(at.timestamp()))
    signed = _signed(message_id, stamp, body)
    signatures = [f"v1,{_mac(secret, signed)}" for secret in secrets]
    signatures += [f"v1a,{b64encode(raw_signature(signed, key)).decode()}" for key in keys]
    if not signatures:
        raise ValueError("a message is signed at least once")
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(signatures)}


def verify(
    headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Iterable[str] = (), keys: Iterable[OKPKey | str] = ()
) -> Received:
    """The message, if one signature holds; raises WebhookRefused.

    `body` must be the raw bytes as they came: parsing and writing JSON again changes them. `keys` are public keys or `whpk_` texts.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if _ID.fullmatch(message_id) is None or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 11:
        raise WebhookRefused("headers", "webhook-id or webhook-timestamp is missing or malformed")
    sent_at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(now - sent_at) > TOLERANCE:
        raise WebhookRefused("timestamp", "more than 5 minutes away from the clock")
    if not _holds(_signed(message_id, stamp, body), given.get("webhook-signature", ""), tuple(secrets), tuple(keys)):
        length = given.get("content-length", "")
        altered = length.isdigit() and int(length[:12]) != len(body)
        raise WebhookRefused("signature", f"body altered (len {length[:12]}≠{len(body)})" if altered else "no signature fits the bytes")
    return _received(message_id, sent_at, body)


def _received(message_id: str, sent_at: datetime, body: bytes) -> Received:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise WebhookRefused("body", "not JSON") from broken
    kind, data = (document.get("type"), document.get("data")) if isinstance(document, dict) else (None, None)
    if not isinstance(kind, str) or _TYPE.fullmatch(kind) is None or not isinstance(data, dict):
        raise WebhookRefused("body", "no type or no data")
    return Received(message_id, kind, sent_at, data)


def _holds(signed: bytes, signatures: str, secrets: tuple[str, ...], keys: tuple[OKPKey | str, ...]) -> bool:
    macs = [_mac(secret, signed) for secret in secrets]
    publics = [_public(key) for key in keys]
    for signature in signatures.split(" ")[:20]:
        version, _, value = signature.partition(",")
        if version == "v1" and any(hmac.compare_digest(mac.encode(), value.encode()) for mac in macs):
            return True
        if version == "v1a" and any(_fits(public, value, signed) for public in publics):
            return True
    return False


def _fits(public: Ed25519PublicKey, value: str, signed: bytes) -> bool:
    try:
        public.verify(b64decode(value, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(message_id: str, stamp: str, body: bytes) -> bytes:
    return f"{message_id}.{stamp}.".encode() + body


def _mac(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix("whsec_"), validate=True)
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()


def _public(key: OKPKey | str) -> Ed25519PublicKey:
    if isinstance(key, str):
        return Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix("whpk_"), validate=True))
    public = key.public_key
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError("webhooks are signed with Ed25519 keys")
    return public
