"""Field encryption with key ids: AES-256-GCM, so that keys rotate while old values stay readable."""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY = 32


class CannotOpen(Exception):
    """The value was sealed with a key that is not held, for another context, or was altered."""


class Keyring:
    """Keys by id. New values are sealed with `current`; every held key opens."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys")
        if any(len(key) != KEY for key in keys.values()):
            raise ValueError("every sealing key has 32 bytes")
        if any(not 0 < len(key_id.encode()) < 256 for key_id in keys):
            raise ValueError("a key id has 1 to 255 bytes")
        self.current = current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Ciphertext bound to `context` (the row it belongs to): length of key id, key id, nonce, AES-GCM."""
        key_id = self.current.encode()
        nonce = os.urandom(NONCE)
        return bytes([len(key_id)]) + key_id + nonce + self._ciphers[self.current].encrypt(nonce, plain, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """The plain bytes. Raises CannotOpen."""
        key_id = self.key_id(sealed)
        if key_id not in self._ciphers:
            raise CannotOpen("key")
        start = 1 + sealed[0]
        try:
            return self._ciphers[key_id].decrypt(sealed[start : start + NONCE], sealed[start + NONCE :], context)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen("tag") from error

    @staticmethod
    def key_id(sealed: bytes) -> str:
        """Which key sealed it, so that a rotation can find what is left to seal again. Raises CannotOpen."""
        if not sealed or len(sealed) < 1 + sealed[0] + NONCE:
            raise CannotOpen("length")
        return sealed[1 : 1 + sealed[0]].decode(errors="replace")
