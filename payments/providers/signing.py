"""The signature both sides of the bank connection use: HMAC-SHA256 over the moment and the raw bytes."""

import hashlib
import hmac
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
TIMESTAMP, SIGNATURE = "x-bank-timestamp", "x-bank-signature"


def sign(secret: str, moment: datetime, raw: bytes) -> dict[str, str]:
    """The two headers that go with the bytes."""
    timestamp = str(int(moment.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: _digest(secret, timestamp, raw)}


def verified(secret: str, moment: datetime, raw: bytes, timestamp: str, signature: str) -> bool:
    """Whether the bytes were signed with the secret within five minutes of `moment`."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    fresh = abs(int(timestamp) - moment.timestamp()) <= TOLERANCE.total_seconds()
    return hmac.compare_digest(_digest(secret, timestamp, raw).encode(), signature.encode()) and fresh


def _digest(secret: str, timestamp: str, raw: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
