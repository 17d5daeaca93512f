"""Where each mini-app's pages live: an origin of its own, so that browsers keep apps apart as they keep strangers apart."""

from base64 import b32encode
from hashlib import sha256
from typing import Final

LABEL_LENGTH: Final = 25


def label(app_id: str) -> str:
    """The DNS label of an app: `m` and 24 characters of base32 over SHA-256 of its id, the same for every version.

    A label has no dots, so one wildcard certificate serves every app; 120 bits keep two apps from ever sharing an origin.
    """
    return "m" + b32encode(sha256(app_id.encode()).digest()).decode().lower()[:24]


def origin(app_id: str, page_host: str, *, scheme: str = "https") -> str:
    """The app's origin, for example `https://m….apps.example`; `page_host` carries a port where it is not the scheme's own."""
    return f"{scheme}://{label(app_id)}.{page_host}"
