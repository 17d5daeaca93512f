"""Field encryption and blind indexes with the installation's keys."""

import hashlib
import hmac
from functools import lru_cache

from hanoismart.server.sealing import CannotOpen, Keyring
from kernel.settings import parse_keys, settings

__all__ = ["CannotOpen", "Keyring", "blind_index", "blind_indexes", "keyring"]


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The ring that seals with the newest key and opens with every key of the settings."""
    keys, current = parse_keys(settings().sealing_keys)
    return Keyring(keys, current)


@lru_cache(maxsize=1)
def _peppers() -> tuple[dict[str, bytes], str]:
    return parse_keys(settings().index_keys)


def blind_index(value: str, *, purpose: str) -> tuple[str, bytes]:
    """Key id and HMAC-SHA256 of a value, to be unique on; `purpose` keeps indexes of different columns from meeting."""
    keys, current = _peppers()
    return current, _digest(keys[current], purpose, value)


def blind_indexes(value: str, *, purpose: str) -> dict[str, bytes]:
    """The value's index under every held key, for looking up while a rotation is under way."""
    keys, _ = _peppers()
    return {key_id: _digest(key, purpose, value) for key_id, key in keys.items()}


def _digest(key: bytes, purpose: str, value: str) -> bytes:
    return hmac.new(key, f"{purpose}\x1f{value}".encode(), hashlib.sha256).digest()
