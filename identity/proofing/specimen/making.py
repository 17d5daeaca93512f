"""Making a specimen chip: data groups, the signed list of their hashes, and a chip key that answers challenges."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from asn1crypto import core
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hanoismart import clock
from identity.proofing.chip.lds import EF_SOD, TAGS, SecurityInfo, SecurityInfos
from identity.proofing.chip.secure_messaging import Suite
from identity.proofing.specimen import chip_side
from identity.proofing.specimen.authority import REVOKED_SERIAL, DocumentSigner, SignerRequest, SpecimenAuthority
from identity.proofing.specimen.document import SpecimenDocument
from identity.proofing.specimen.flaws import Flaw
from identity.proofing.specimen.security import Sealing, security_object
from identity.proofing.specimen.signing import HASHES, KeyKind, PrivateKey, generate, public_info

_ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"
_PLAIN_ECDSA = "0.4.0.127.0.7.1.1.4.1."
_PLAIN_ECDSA_ARCS = {"sha256": "3", "sha384": "4", "sha512": "5"}


@dataclass(frozen=True, slots=True, repr=False)
class SpecimenChip:
    """What a reader gets from a chip, and the chip's own key (PEM; None where it cannot prove that it is no copy)."""

    data_groups: Mapping[int, bytes]
    sod: bytes
    chip_key: str | None
    agreement_key: str | None = None
    suite: Suite = Suite.AES_128

    def authenticate(self, public_key: bytes, command: bytes) -> bytes:
        """The chip's answer in chip authentication.

        Raises TypeError where it has no key for that, AnswerInvalidError for a foreign command.
        """
        key = None if self.agreement_key is None else serialization.load_pem_private_key(self.agreement_key.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("this chip has no key for chip authentication")
        return chip_side.answer(key, self.suite, self.data_groups[14], public_key, command)

    def sign_challenge(self, challenge: bytes) -> bytes:
        """The chip's answer to eight bytes (ICAO 9303-11 section 6.1). Raises ValueError where the chip has no key."""
        if self.chip_key is None:
            raise ValueError("this chip has no key for active authentication")
        key = serialization.load_pem_private_key(self.chip_key.encode(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(key.sign(challenge, ec.ECDSA(HASHES[_chip_hash(key)])))
            size = (key.curve.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        if isinstance(key, rsa.RSAPrivateKey):
            return _recoverable(key, challenge)
        raise ValueError("this chip's key is of a kind that cannot sign")

    def to_json(self) -> str:
        """The chip as a text that `from_json` reads."""
        groups = {str(number): base64.b64encode(value).decode() for number, value in self.data_groups.items()}
        agreeing = {"agreement_key": self.agreement_key, "suite": self.suite.value} if self.agreement_key else {}
        return json.dumps(
            {"data_groups": groups, "sod": base64.b64encode(self.sod).decode(), "chip_key": self.chip_key, **agreeing}, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> "SpecimenChip":
        """Raises ValueError or KeyError where `text` is not what `to_json` wrote."""
        found = json.loads(text)
        groups = {int(number): base64.b64decode(value, validate=True) for number, value in found["data_groups"].items()}
        return cls(
            groups,
            base64.b64decode(found["sod"], validate=True),
            found["chip_key"],
            found.get("agreement_key"),
            Suite(found.get("suite", Suite.AES_128)),
        )


@dataclass(frozen=True, slots=True)
class Make:
    """How a chip is made. `signer` is the document signer's kind of key, `chip_key` the chip's own (None: no active authentication)."""

    signer: KeyKind = KeyKind.P256
    chip_key: KeyKind | None = KeyKind.P256
    agreement_key: KeyKind | None = None
    suite: Suite = Suite.AES_128
    hash_name: str = "sha256"
    explicit_curve: bool = False
    lds_version: int = 1
    signed_at: datetime | None = None
    states_time: bool = True


def make(authority: SpecimenAuthority, document: SpecimenDocument, how: Make | None = None, *, flaw: Flaw | None = None) -> SpecimenChip:
    """A chip for `document`, signed under `authority`; with `flaw`, broken in exactly that way."""
    wish = how or Make()
    groups, chip_key, agreement_key = _groups(document, wish, flaw)
    signer = _signer(authority, wish, flaw)
    signed_at = (wish.signed_at or clock.now() - timedelta(days=30)) if wish.states_time else None
    sealing = Sealing(signer, "sha1" if flaw is Flaw.SHA1 else wish.hash_name, wish.lds_version, signed_at, flaw)
    sod = tlv(EF_SOD, security_object(groups, sealing))
    if flaw is Flaw.ALTERED_GROUP:
        groups[1] = _group(1, _zone(replace(document, surname="ALTERED").mrz()))
    if flaw is Flaw.TRAILING_BYTES:
        sod += b"\x00"
    return SpecimenChip(groups, sod, chip_key, agreement_key, wish.suite)


def _signer(authority: SpecimenAuthority, wish: Make, flaw: Flaw | None) -> DocumentSigner:
    request = SignerRequest(kind=wish.signer, explicit_curve=wish.explicit_curve)
    if flaw in {Flaw.UNKNOWN_SIGNER, Flaw.ROOT_SENT_ALONG}:
        authority = SpecimenAuthority.create(authority.country)
    elif flaw is Flaw.EXPIRED_SIGNER:
        start = clock.now() - timedelta(days=1000)
        request = replace(request, not_before=start, not_after=start + timedelta(days=100))
    elif flaw is Flaw.REVOKED_SIGNER:
        request = replace(request, serial=REVOKED_SERIAL)
    elif flaw is Flaw.SIGNER_FOR_OTHER_TASKS:
        request = replace(request, other_tasks=True)
    elif flaw is Flaw.AUTHORITY_AS_SIGNER:
        request = replace(request, authority=True)
    signer = authority.issue_signer(request)
    return replace(signer, sent_along=(authority.certificate,)) if flaw is Flaw.ROOT_SENT_ALONG else signer


def _groups(document: SpecimenDocument, wish: Make, flaw: Flaw | None) -> tuple[dict[int, bytes], str | None, str | None]:
    """The groups, and the chip's own keys: for active authentication and for chip authentication."""
    zone = document.mrz()
    if flaw is Flaw.WRONG_CHECK_DIGIT:
        zone = zone.replace(document.number[:9], document.number[:9][::-1], 1)
    groups = {1: _group(1, _zone(zone))}
    if document.personal_number:
        groups[13] = _group(13, _texts(document))
    infos: list[SecurityInfo] = []
    signing, agreeing = (generate(kind) if kind else None for kind in (wish.chip_key, wish.agreement_key))
    if signing is not None:
        groups[15] = _group(15, public_info(signing))
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        infos.append(_active_info(_chip_hash(signing)))
    if agreeing is not None:
        infos += chip_side.infos(agreeing, wish.suite)
    if infos:
        groups[14] = _group(14, bytes(SecurityInfos(infos).dump()))
    return groups, _pem(signing), _pem(agreeing)


def _pem(key: PrivateKey | None) -> str | None:
    if key is None:
        return None
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _zone(mrz: str) -> bytes:
    return tlv(0x5F1F, mrz.encode("ascii"))


def _texts(document: SpecimenDocument) -> bytes:
    """Vietnamese texts in the manner of the CCCD's DG13: numbered fields in a set. The real format is not public."""
    texts = (document.personal_number, document.full_name, document.birth_date.strftime("%d/%m/%Y"), "Việt Nam", document.former_number)
    fields = [
        tlv(0x30, core.Integer(place).dump() + core.UTF8String(text).dump()) for place, text in enumerate(filter(None, texts), start=1)
    ]
    return tlv(0x30, tlv(0x31, b"".join(fields)))


def _active_info(hash_name: str) -> SecurityInfo:
    algorithm = core.ObjectIdentifier(_PLAIN_ECDSA + _PLAIN_ECDSA_ARCS[hash_name])
    return SecurityInfo({"protocol": _ACTIVE_AUTHENTICATION, "required": core.Integer(1), "optional": algorithm})


def _chip_hash(key: ec.EllipticCurvePrivateKey) -> str:
    if key.curve.key_size <= 256:
        return "sha256"
    return "sha384" if key.curve.key_size <= 384 else "sha512"


def _recoverable(key: rsa.RSAPrivateKey, challenge: bytes) -> bytes:
    """ISO/IEC 9796-2 scheme 1, partial recovery, SHA-256."""
    numbers = key.private_numbers()
    size = key.key_size // 8
    first = os.urandom(size - 1 - 32 - 2)
    message = b"\x6a" + first + hashlib.sha256(first + challenge).digest() + b"\x34\xcc"
    return pow(int.from_bytes(message, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def _group(number: int, value: bytes) -> bytes:
    return tlv(TAGS[number], value)


def tlv(tag: int, value: bytes) -> bytes:
    """One element with its shortest length."""
    size = len(value)
    length = (
        bytes([size]) if size < 0x80 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value
