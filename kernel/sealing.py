"""Field encryption and blind indexes with the installation's keys."""

import hashlib
import hmac
from functools import lru_cache

from hanoismart.server.sealing import CannotOpen, Keyring
from kernel import key_file
from kernel.settings import parse_keys, settings

__all__ = ["CannotOpen", "Keyring", "LiveKeyring", "blind_index", "blind_indexes", "current_pepper", "keyring"]


@lru_cache(maxsize=4)
def _ring(text: str) -> Keyring:
    keys, current = parse_keys(text)
    return Keyring(keys, current)


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[dict[str, bytes], str]:
    return parse_keys(text)


def keyring() -> Keyring:
    """The ring that seals with the newest key and opens with every key that is held at this moment."""
    return _ring(key_file.line("sealing", settings().sealing_keys))


class LiveKeyring(Keyring):
    """A ring for what holds one for long: each use asks for the keys of the moment."""

    def __init__(self) -> None:
        keys, current = parse_keys(key_file.line("sealing", settings().sealing_keys))
        super().__init__(keys, current)

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        return keyring().seal(plain, context=context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        return keyring().open(sealed, context=context)


def _peppers() -> tuple[dict[str, bytes], str]:
    return _parsed(key_file.line("index", settings().index_keys))


def current_pepper() -> str:
    """The id of the pepper new indexes are made with."""
    return _peppers()[1]


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
