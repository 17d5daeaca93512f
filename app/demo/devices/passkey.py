"""A software authenticator (WebAuthn Level 3) with flags a test may set wrongly."""

import base64
import hashlib
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class SoftwarePasskey:
    """One credential. `flags`, `origin`, `counter`, `framed` (in a frame of another site) and `ceremony` are what a test may bend."""

    origin: str
    rp_id: str = "localhost"
    flags: int = UP | UV
    counter: int = 0
    framed: bool = False
    ceremony: str | None = None
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives, as JSON."""
        client = self._client("webauthn.create", options["challenge"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(AT) + attested})
        return self._json({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives, as JSON."""
        self.counter += 1
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._json({"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": None})

    def _json(self, response: dict[str, Any]) -> dict[str, Any]:
        credential_id = b64(self.credential_id)
        return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _client(self, kind: str, challenge: str) -> bytes:
        return orjson.dumps({"type": self.ceremony or kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.framed})

    def _data(self, more: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")

    def _cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
