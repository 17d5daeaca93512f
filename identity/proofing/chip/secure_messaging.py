"""The encrypted channel to a chip (ICAO 9303-11 section 9.8): one protected command and its protected answer, made and read by hand."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

_ENCRYPTION, _AUTHENTICATION = 1, 2
_MAC_BYTES = 8
SUCCESS = b"\x90\x00"


class AnswerInvalidError(ValueError):
    """The answer is not one that the other end of this channel made."""


class Suite(StrEnum):
    """What a chip encrypts with. Triple DES is old, and what many passports in use have."""

    TRIPLE_DES = "3des"
    AES_128 = "aes128"
    AES_192 = "aes192"
    AES_256 = "aes256"

    @property
    def block(self) -> int:
        return 8 if self is Suite.TRIPLE_DES else 16


_KEY_BYTES = {Suite.TRIPLE_DES: 16, Suite.AES_128: 16, Suite.AES_192: 24, Suite.AES_256: 32}


def derive(shared: bytes, suite: Suite) -> tuple[bytes, bytes]:
    """The keys for encryption and authentication from a shared secret (ICAO 9303-11 section 9.7.1, whose SHA-1 it is for two suites)."""
    long = suite in {Suite.AES_192, Suite.AES_256}

    def key(counter: int) -> bytes:
        message = shared + counter.to_bytes(4, "big")
        digest = hashlib.sha256(message) if long else hashlib.sha1(message, usedforsecurity=False)
        return digest.digest()[: _KEY_BYTES[suite]]

    return key(_ENCRYPTION), key(_AUTHENTICATION)


@dataclass(slots=True, repr=False)
class Channel:
    """One end of it. `counter` is the send sequence counter, zero after chip authentication; both ends count every message."""

    suite: Suite
    encryption: bytes
    authentication: bytes
    counter: int = 0

    def command(self, header: bytes, expected: int) -> bytes:
        """A protected command without data; `header` is CLA INS P1 P2 as it is sent (CLA 0C), `expected` how many bytes are asked for."""
        self.counter += 1
        wanted = bytes([0x97, 1, expected])
        body = wanted + _tagged(0x8E, self.mac(self.padded(header) + wanted))
        return header + bytes([len(body)]) + body + b"\x00"

    def read_command(self, command: bytes) -> tuple[bytes, int]:
        """The other end's side of `command`: header and how many bytes are asked for. Raises AnswerInvalidError."""
        self.counter += 1
        header, body = command[:4], command[5:-1]
        wanted, mac = body[:3], body[5:]
        if len(body) != 13 or body[3:5] != b"\x8e\x08" or not hmac.compare_digest(self.mac(self.padded(header) + wanted), mac):
            raise AnswerInvalidError("command")
        return header, wanted[2]

    def answer(self, content: bytes) -> bytes:
        """A protected answer that carries `content`."""
        self.counter += 1
        told = _tagged(0x87, b"\x01" + self._crypt(self.padded(content), encrypt=True)) + _tagged(0x99, SUCCESS)
        return told + _tagged(0x8E, self.mac(told)) + SUCCESS

    def read_answer(self, answer: bytes) -> bytes:
        """What a protected answer carries. Raises AnswerInvalidError unless the other end of this very channel made it for this message."""
        self.counter += 1
        if len(answer) < 2 or answer[-2:] != SUCCESS:
            raise AnswerInvalidError("status")
        told, mac = answer[:-12], answer[-12:-2]
        if mac[:2] != b"\x8e\x08" or not hmac.compare_digest(self.mac(told), mac[2:]):
            raise AnswerInvalidError("mac")
        sealed, status = told[:-4], told[-4:]
        if status != _tagged(0x99, SUCCESS) or len(sealed) < 3 or sealed[0] != 0x87 or sealed[1] != len(sealed) - 2 or sealed[2] != 1:
            raise AnswerInvalidError("content")
        body = sealed[3:]
        if not body or len(body) % self.suite.block:
            raise AnswerInvalidError("content")
        plain = self._crypt(body, encrypt=False).rstrip(b"\x00")
        if plain[-1:] != b"\x80":
            raise AnswerInvalidError("padding")
        return plain[:-1]

    def mac(self, message: bytes) -> bytes:
        """Eight bytes over the counter and the message, padded."""
        data = self.padded(self.counter.to_bytes(self.suite.block, "big") + message)
        if self.suite is Suite.TRIPLE_DES:
            return self._retail(data)
        made = CMAC(AES(self.authentication))
        made.update(data)
        return made.finalize()[:_MAC_BYTES]

    def padded(self, message: bytes) -> bytes:
        """ISO/IEC 9797-1 padding method 2."""
        return message + b"\x80" + bytes(-(len(message) + 1) % self.suite.block)

    def _retail(self, data: bytes) -> bytes:
        """ISO/IEC 9797-1 MAC algorithm 3 with DES: a chain under the first half of the key, then once under the second and the first."""
        first, second = self.authentication[:8], self.authentication[8:]
        chained = _des(first, modes.CBC(bytes(8)), data, encrypt=True)[-8:]
        opened = _des(second, modes.ECB(), chained, encrypt=False)  # noqa: S305 (one block, as the algorithm says)
        return _des(first, modes.ECB(), opened, encrypt=True)  # noqa: S305 (as above)

    def _crypt(self, data: bytes, *, encrypt: bool) -> bytes:
        if self.suite is Suite.TRIPLE_DES:
            whole = TripleDES(self.encryption + self.encryption[:8])
            cipher = Cipher(whole, modes.CBC(bytes(8)))
        else:
            start = Cipher(AES(self.encryption), modes.ECB()).encryptor().update(self.counter.to_bytes(16, "big"))  # noqa: S305 (the standard's way to an IV)
            cipher = Cipher(AES(self.encryption), modes.CBC(start))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        return context.update(data) + context.finalize()


def _des(key: bytes, mode: modes.CBC | modes.ECB, data: bytes, *, encrypt: bool) -> bytes:
    cipher = Cipher(TripleDES(key * 3), mode)
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()


def _tagged(tag: int, value: bytes) -> bytes:
    return bytes([tag, len(value)]) + value
