"""Chip authentication (BSI TR-03110-3 A.4, ICAO 9303-11 6.2), driven by us: only the chip can answer the command we protect.

The phone passes on our fresh public key and one command protected under keys that only the chip and we can derive. It knows neither key, so
that a right answer comes from the chip whose key the country signed, and answers this session alone.
"""

import hmac
import os
from dataclasses import dataclass
from typing import Any

import orjson
from asn1crypto import core, keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from identity.proofing.chip import lds
from identity.proofing.chip.lds import UNREADABLE
from identity.proofing.chip.refusals import (
    ChipAuthenticationFailed,
    ChipAuthenticationMissing,
    DataGroupMalformed,
    SignatureAlgorithmRefused,
)
from identity.proofing.chip.secure_messaging import AnswerInvalidError, Channel, Suite, derive
from identity.proofing.chip.signatures import load_key

_DH, _ECDH = "1", "2"
_PROTOCOL = "0.4.0.127.0.7.2.2.3."
_KEY = "0.4.0.127.0.7.2.2.1."
_SUITES = {"1": Suite.TRIPLE_DES, "2": Suite.AES_128, "3": Suite.AES_192, "4": Suite.AES_256}
_SMALLEST_DH, _LARGEST_DH = 1024, 4096
_EXPONENT_BYTES = 32
_READ_DG14 = b"\x0c\xb0\x8e\x00"
"""READ BINARY of the file with the short identifier 0E, which is data group 14, protected."""
_PREFIX = 16


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A chip's key for this protocol. `protocol` is the OID to announce, `key_id` names the key where a chip has several."""

    protocol: str
    suite: Suite
    agreement: str
    key_id: int | None
    spki: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """What goes to the phone, and the `secret` that stays: JSON to be sealed and kept for the answer."""

    protocol: str
    key_id: int | None
    public_key: bytes
    command: bytes
    secret: bytes


class DhParameters(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """PKCS #3 (prime, base, length) and X9.42 (prime, base, order): the first two agree, the third is told apart by the key's OID."""

    _fields = [("p", core.Integer), ("g", core.Integer), ("third", core.Integer, {"optional": True})]  # noqa: RUF012 - asn1crypto reads this attribute


def key_of(dg14: bytes) -> ChipKey | None:
    """The strongest key the chip offers, None where it offers none. Raises DataGroupMalformed, TrailingBytes."""
    infos = lds.security_infos(dg14)
    try:
        return _strongest(infos)
    except UNREADABLE as error:
        raise DataGroupMalformed("dg14") from error


def begin(dg14: bytes) -> Begun:
    """A fresh key against the chip's, and the command that proves its holder.

    Raises ChipAuthenticationMissing, SignatureAlgorithmRefused (curve or size), DataGroupMalformed, TrailingBytes.
    """
    chip = key_of(dg14)
    if chip is None:
        raise ChipAuthenticationMissing("dg14")
    try:
        public, shared = _agree_dh(chip.spki) if chip.agreement == _DH else _agree_ecdh(chip.spki)
    except UNREADABLE as error:
        raise DataGroupMalformed("dg14") from error
    channel = Channel(chip.suite, *derive(shared, chip.suite))
    command = channel.command(_READ_DG14, min(_PREFIX, len(dg14)))
    secret = {
        "suite": chip.suite.value,
        "encryption": channel.encryption.hex(),
        "authentication": channel.authentication.hex(),
        "counter": channel.counter,
        "dg14": dg14.hex(),
    }
    return Begun(chip.protocol, chip.key_id, public, command, orjson.dumps(secret))


def verify(secret: bytes, dg14: bytes, answer: bytes) -> None:
    """Checks the chip's answer to the command of `begin`; `dg14` is the file whose hash the country signed.

    Raises ChipAuthenticationFailed.
    """
    kept = orjson.loads(secret)
    if not hmac.compare_digest(bytes.fromhex(kept["dg14"]), dg14):
        raise ChipAuthenticationFailed("dg14")
    channel = Channel(
        Suite(kept["suite"]), bytes.fromhex(kept["encryption"]), bytes.fromhex(kept["authentication"]), counter=kept["counter"]
    )
    try:
        told = channel.read_answer(answer)
    except AnswerInvalidError as error:
        raise ChipAuthenticationFailed("answer") from error
    if not hmac.compare_digest(told, dg14[:_PREFIX]):
        raise ChipAuthenticationFailed("content")


def _strongest(infos: list[Any]) -> ChipKey | None:
    chip_keys = [info for info in infos if info["protocol"].dotted.startswith(_KEY)]
    offered = [info for info in infos if info["protocol"].dotted.startswith(_PROTOCOL)]
    found: list[ChipKey] = []
    for info in chip_keys:
        agreement = info["protocol"].dotted.removeprefix(_KEY)
        key_id = _number(info["optional"])
        for offer in offered:
            kind, _, suite = offer["protocol"].dotted.removeprefix(_PROTOCOL).partition(".")
            if kind == agreement and suite in _SUITES and _number(offer["optional"]) in {key_id, None}:
                found.append(ChipKey(offer["protocol"].dotted, _SUITES[suite], agreement, key_id, info["required"].parsed.dump()))
        if not offered and agreement in {_DH, _ECDH}:  # the first generation announced its key alone
            found.append(ChipKey(f"{_PROTOCOL}{agreement}.1", Suite.TRIPLE_DES, agreement, key_id, info["required"].parsed.dump()))
    return max(found, key=lambda each: each.protocol[-1], default=None)


def _number(value: Any) -> int | None:
    return None if isinstance(value, core.Void) or value.native is None else int(value.parsed.native)


def _agree_ecdh(spki: bytes) -> tuple[bytes, bytes]:
    theirs = load_key(keys.PublicKeyInfo.load(spki, strict=True))
    if not isinstance(theirs, ec.EllipticCurvePublicKey):
        raise SignatureAlgorithmRefused("chip_authentication")
    ours = ec.generate_private_key(theirs.curve)
    public = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public, ours.exchange(ec.ECDH(), theirs)


def _agree_dh(spki: bytes) -> tuple[bytes, bytes]:
    outer = core.Sequence.load(spki, strict=True)
    parameters = DhParameters.load(outer[0][1].dump())
    p, g = parameters["p"].native, parameters["g"].native
    theirs = core.Integer.load(bytes(outer[1].native) if not isinstance(outer[1], core.BitString) else _bits(outer[1])).native
    if not _SMALLEST_DH <= p.bit_length() <= _LARGEST_DH or not 1 < theirs < p - 1 or not 1 < g < p - 1 or p % 2 == 0:
        raise SignatureAlgorithmRefused("chip_authentication")
    ours = int.from_bytes(os.urandom(_EXPONENT_BYTES), "big") | 1 << (8 * _EXPONENT_BYTES - 1)
    size = (p.bit_length() + 7) // 8
    return pow(g, ours, p).to_bytes(size, "big"), pow(theirs, ours, p).to_bytes(size, "big")


def _bits(value: core.BitString) -> bytes:
    """The bytes of a bit string that holds whole ones."""
    if value.contents[:1] != b"\x00":
        raise ValueError("unused bits")
    return bytes(value.contents[1:])
