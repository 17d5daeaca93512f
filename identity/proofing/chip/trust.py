"""Who may sign documents for which country: the pinned roots (CSCA), and the chain from a document signer (DSC) up to one of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from asn1crypto import pem

from identity.proofing.chip.certificates import Certificate, CertificateUnreadableError, Name, read_certificate, read_revocation_list
from identity.proofing.chip.refusals import (
    ChipRefused,
    SignatureAlgorithmRefused,
    SignerExpired,
    SignerRevoked,
    SignerUnknown,
    SignerUnsuitable,
    SodMalformed,
    WrongCountry,
)
from identity.proofing.chip.signatures import PublicKey, verifies

_CERTIFICATES = frozenset({".cer", ".crt", ".der", ".pem"})
_REVOCATION_LISTS = frozenset({".crl"})


class TrustStoreInvalidError(ValueError):
    """A file of the trust store cannot be used; the message names the file. An operator's mistake, never a caller's."""


@dataclass(frozen=True, slots=True)
class Revocations:
    """The serial numbers a country has revoked, by the name of the authority that says so; `until` is when its oldest list runs out."""

    serials: frozenset[tuple[Name, int]] = frozenset()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """A document signer whose chain holds. Fingerprints are SHA-256, hexadecimal."""

    key: PublicKey
    fingerprint: str
    anchor_fingerprint: str
    revocation_checked: bool


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The pinned roots by issuer code as the machine-readable zone writes it (`VNM`, `D`).

    Roots come from the operator alone, never from a message.
    """

    anchors: Mapping[str, tuple[Certificate, ...]] = field(default_factory=dict)
    revocations: Mapping[str, Revocations] = field(default_factory=dict)

    @classmethod
    def build(cls, anchors: Mapping[str, Iterable[bytes]], revocation_lists: Mapping[str, Iterable[bytes]] | None = None) -> "TrustStore":
        """A store from DER certificates and revocation lists by issuer code.

        Raises TrustStoreInvalidError for a certificate that may not sign certificates, or a list that no root of its country signed.
        """
        roots = {code: tuple(_anchor(encoded, code) for encoded in encodings) for code, encodings in anchors.items()}
        lists = {code: _revocations(encodings, roots.get(code, ()), code) for code, encodings in (revocation_lists or {}).items()}
        return cls(anchors=roots, revocations={code: found for code, found in lists.items() if found is not None})

    @classmethod
    def load(cls, folder: Path) -> "TrustStore":
        """A store from `folder`, with one subfolder per issuer code (`VNM/`) holding .cer, .crt, .der, .pem and .crl files, DER or PEM.

        A folder that does not exist is an empty store. Raises TrustStoreInvalidError.
        """
        anchors: dict[str, list[bytes]] = {}
        lists: dict[str, list[bytes]] = {}
        for path in sorted(folder.glob("*/*")):
            if path.suffix.lower() in _CERTIFICATES:
                anchors.setdefault(path.parent.name, []).extend(_encodings(path))
            elif path.suffix.lower() in _REVOCATION_LISTS:
                lists.setdefault(path.parent.name, []).extend(_encodings(path))
        return cls.build(anchors, lists)

    def merged(self, other: "TrustStore") -> "TrustStore":
        """The roots and revocations of both."""
        codes = self.anchors.keys() | other.anchors.keys()
        lists = self.revocations.keys() | other.revocations.keys()
        return TrustStore(
            anchors={code: (*self.anchors.get(code, ()), *other.anchors.get(code, ())) for code in codes},
            revocations={
                code: _joined([store.revocations[code] for store in (self, other) if code in store.revocations]) for code in lists
            },
        )

    def signer(self, certificate: bytes, *, issuer: str, day: date, signed_at: datetime | None = None) -> Signer:
        """The document signer behind `certificate`, when its chain ends at a root pinned for `issuer`.

        `day`: the day of signing where the signer states it (`signed_at`), else the day of the check.
        Raises SignerUnknown, WrongCountry, SignerUnsuitable, SignerRevoked, SignerExpired, HashAlgorithmRefused, SignatureAlgorithmRefused,
        SodMalformed.
        """
        try:
            found = read_certificate(certificate)
        except CertificateUnreadableError as error:
            raise SodMalformed("certificate") from error
        anchor = self._anchor_of(found, issuer)
        if not found.may_sign_documents:
            raise SignerUnsuitable
        revocations = self.revocations.get(issuer)
        if revocations and {(found.issuer, found.serial), (anchor.issuer, anchor.serial)} & revocations.serials:
            raise SignerRevoked
        for each in (found, anchor):
            if not each.not_before.date() <= day <= each.not_after.date():
                raise SignerExpired("validity")
        if signed_at is not None and not _key_in_use(found, signed_at):
            raise SignerExpired("key_usage_period")
        return Signer(found.key, found.fingerprint, anchor.fingerprint, revocation_checked=revocations is not None)

    def _anchor_of(self, found: Certificate, issuer: str) -> Certificate:
        candidates = [each for each in self.anchors.get(issuer, ()) if _may_be_issuer(each, found)]
        others = [each for code, anchors in self.anchors.items() if code != issuer for each in anchors if _may_be_issuer(each, found)]
        if not candidates and not others:
            raise SignerUnknown
        scheme = found.scheme()
        for anchor in candidates:
            if verifies(anchor.key, scheme, found.signature, found.signed_bytes):
                if None not in {anchor.country, found.country} and anchor.country != found.country:
                    raise WrongCountry("certificates")
                return anchor
        if any(verifies(anchor.key, scheme, found.signature, found.signed_bytes) for anchor in others):
            raise WrongCountry("issuer")
        raise SignerUnknown


def _may_be_issuer(anchor: Certificate, found: Certificate) -> bool:
    same_key = None in {anchor.key_identifier, found.issuer_key_identifier} or anchor.key_identifier == found.issuer_key_identifier
    return anchor.subject == found.issuer and same_key


def _key_in_use(signer: Certificate, moment: datetime) -> bool:
    after_start = signer.key_used_from is None or _aware(signer.key_used_from, moment) <= moment
    return after_start and (signer.key_used_until is None or moment <= _aware(signer.key_used_until, moment))


def _aware(value: datetime, like: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=like.tzinfo)


def _anchor(encoded: bytes, code: str) -> Certificate:
    try:
        anchor = read_certificate(encoded)
    except (CertificateUnreadableError, SignatureAlgorithmRefused) as error:
        raise TrustStoreInvalidError(f"a certificate of {code} cannot be read") from error
    if not anchor.may_sign_certificates:
        raise TrustStoreInvalidError(f"a certificate of {code} may not sign certificates")
    return anchor


def _revocations(encodings: Iterable[bytes], anchors: Sequence[Certificate], code: str) -> Revocations | None:
    found: list[Revocations] = []
    for encoded in encodings:
        try:
            listed = read_revocation_list(encoded)
        except (CertificateUnreadableError, ChipRefused) as error:
            raise TrustStoreInvalidError(f"a revocation list of {code} cannot be read") from error
        signers = [anchor for anchor in anchors if anchor.subject == listed.issuer]
        if not any(verifies(anchor.key, listed.scheme, listed.signature, listed.signed_bytes) for anchor in signers):
            raise TrustStoreInvalidError(f"a revocation list of {code} is not signed by a root of {code}")
        found.append(Revocations(frozenset((listed.issuer, serial) for serial in listed.serials), listed.next_update))
    return _joined(found) if found else None


def _joined(parts: Sequence[Revocations]) -> Revocations:
    moments = [part.until for part in parts if part.until is not None]
    return Revocations(frozenset().union(*(part.serials for part in parts)), min(moments, default=None))


def _encodings(path: Path) -> list[bytes]:
    content = path.read_bytes()
    if not pem.detect(content):
        return [content]
    try:
        return [encoded for _, _, encoded in pem.unarmor(content, multiple=True)]
    except ValueError as error:
        raise TrustStoreInvalidError(f"{path.name} is no PEM file") from error
