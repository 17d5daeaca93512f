"""Active authentication: does the chip hold the private half of the signed key, so that it is no copy (ICAO 9303-11 section 6.1)."""

import hmac

from asn1crypto import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from identity.proofing.chip.lds import UNREADABLE
from identity.proofing.chip.passive import ChipEvidence
from identity.proofing.chip.refusals import (
    ActiveAuthenticationFailed,
    ActiveAuthenticationMissing,
    DataGroupMalformed,
    HashAlgorithmRefused,
)
from identity.proofing.chip.signatures import HASHES, SMALLEST_CHIP_RSA, PublicKey, load_key
from identity.proofing.chip.signed_data import hash_of

CHALLENGE_BYTES = 8
"""What INTERNAL AUTHENTICATE takes (RND.IFD)."""

_PARTIAL_RECOVERY = 0x6A
# ISO/IEC 9796-2 trailers: hash identifier of ISO/IEC 10118, then CC; BC alone means SHA-1.
_TRAILERS = {b"\x34\xcc": "sha256", b"\x36\xcc": "sha384", b"\x35\xcc": "sha512"}
_WEAK_TRAILERS = frozenset({b"\x33\xcc", b"\x31\xcc", b"\x32\xcc", b"\x38\xcc"})


def verify_active(evidence: ChipEvidence, challenge: bytes, signature: bytes) -> None:
    """Checks the chip's answer to `challenge` (8 bytes of the server's own, used once) with the authenticated DG15's key.

    Raises ActiveAuthenticationMissing where the chip has no key or names no hash, ActiveAuthenticationFailed, HashAlgorithmRefused,
    SignatureAlgorithmRefused, DataGroupMalformed. Raises ValueError for a challenge of another size, which is the caller's mistake.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError("a challenge has eight bytes")
    if evidence.active_key is None:
        raise ActiveAuthenticationMissing("dg15")
    key = _key(evidence.active_key)
    if isinstance(key, rsa.RSAPublicKey):
        _verify_rsa(key, challenge, signature)
    elif evidence.active_hash is None:
        raise ActiveAuthenticationMissing("dg14")
    else:
        _verify_ec(key, evidence.active_hash, challenge, signature)


def _key(spki: bytes) -> PublicKey:
    try:
        return load_key(keys.PublicKeyInfo.load(spki, strict=True), smallest_rsa=SMALLEST_CHIP_RSA)
    except UNREADABLE as error:
        raise DataGroupMalformed("dg15") from error


def _verify_ec(key: ec.EllipticCurvePublicKey, hash_name: str, challenge: bytes, signature: bytes) -> None:
    """Plain format r || s, each as long as the order of the curve (BSI TR-03111 section 5.2.1)."""
    size = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ActiveAuthenticationFailed
    encoded = encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))
    try:
        key.verify(encoded, challenge, ec.ECDSA(HASHES[hash_name]))
    except (InvalidSignature, ValueError) as error:
        raise ActiveAuthenticationFailed from error


def _verify_rsa(key: rsa.RSAPublicKey, challenge: bytes, signature: bytes) -> None:
    """ISO/IEC 9796-2 digital signature scheme 1 with partial recovery: 6A || M1 || H(M1 || challenge) || trailer."""
    numbers = key.public_numbers()
    size = (key.key_size + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or value >= numbers.n:
        raise ActiveAuthenticationFailed
    opened = pow(value, numbers.e, numbers.n)
    if opened & 0xF != 0xC:  # a signer may send the smaller of s and n - s (ISO/IEC 9796-2 annex B)
        opened = numbers.n - opened
    recovered = opened.to_bytes(size, "big")
    trailer = recovered[-2:]
    if trailer in _WEAK_TRAILERS or trailer[1] == 0xBC:
        raise HashAlgorithmRefused("active_authentication")
    if recovered[0] != _PARTIAL_RECOVERY or trailer not in _TRAILERS:
        raise ActiveAuthenticationFailed
    algorithm = HASHES[_TRAILERS[trailer]]
    first, digest = recovered[1 : -2 - algorithm.digest_size], recovered[-2 - algorithm.digest_size : -2]
    if not hmac.compare_digest(hash_of(first + challenge, algorithm), digest):
        raise ActiveAuthenticationFailed
