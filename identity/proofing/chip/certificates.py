"""Reading one X.509 certificate or revocation list into what passive authentication asks of it, explicit curve parameters included."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import NameOID

from identity.proofing.chip import der
from identity.proofing.chip.lds import UNREADABLE
from identity.proofing.chip.refusals import SignatureAlgorithmRefused
from identity.proofing.chip.signatures import PublicKey, Scheme, load_key, scheme_of

Name = tuple[frozenset[tuple[str, str]], ...]
"""A distinguished name that compares as RFC 5280 section 7.1 asks: without regard to case, spaces and string type."""

_UNREADABLE_CERTIFICATE = (*UNREADABLE, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
_DOCUMENT_TYPES = "2.23.136.1.1.6.2"
_UNDERSTOOD = (
    x509.KeyUsage,
    x509.BasicConstraints,
    x509.ExtendedKeyUsage,
    x509.PrivateKeyUsagePeriod,
    x509.AuthorityKeyIdentifier,
    x509.SubjectKeyIdentifier,
    x509.CertificatePolicies,
    x509.SubjectAlternativeName,
    x509.IssuerAlternativeName,
    x509.CRLDistributionPoints,
)


ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


class CertificateUnreadableError(ValueError):
    """The bytes are no certificate or revocation list that can be checked."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. Its own signature is looked at when asked for only: a pinned root's does not matter."""

    subject: Name
    issuer: Name
    country: str | None
    serial: int
    not_before: datetime
    not_after: datetime
    key: PublicKey
    key_identifier: bytes | None
    issuer_key_identifier: bytes | None
    may_sign_certificates: bool
    may_sign_documents: bool
    key_used_from: datetime | None
    key_used_until: datetime | None
    algorithm: asn1_x509.SignedDigestAlgorithm
    signature: bytes
    signed_bytes: bytes
    fingerprint: str

    def scheme(self) -> Scheme:
        """How its issuer signed it. Raises HashAlgorithmRefused, SignatureAlgorithmRefused."""
        try:
            return scheme_of(self.algorithm, "certificate")
        except UNREADABLE as error:
            raise SignatureAlgorithmRefused("certificate") from error


@dataclass(frozen=True, slots=True)
class RevocationList:
    issuer: Name
    issued_at: datetime
    next_update: datetime | None
    serials: frozenset[int]
    scheme: Scheme
    signature: bytes
    signed_bytes: bytes


def read_certificate(encoded: bytes) -> Certificate:
    """Reads one DER certificate.

    Raises CertificateUnreadableError; SignatureAlgorithmRefused where its key is of a kind, size or curve that is not accepted.
    """
    try:
        der.require_der(encoded)
        return _certificate(encoded, x509.load_der_x509_certificate(encoded), asn1_x509.Certificate.load(encoded, strict=True))
    except _UNREADABLE_CERTIFICATE as error:
        raise CertificateUnreadableError("certificate") from error


def read_revocation_list(encoded: bytes) -> RevocationList:
    """Reads one DER revocation list of a whole authority (RFC 5280 section 5).

    Raises CertificateUnreadableError, also for partial, delta and indirect lists; HashAlgorithmRefused, SignatureAlgorithmRefused.
    """
    try:
        found = x509.load_der_x509_crl(encoded)
        parsed = asn1_crl.CertificateList.load(encoded, strict=True)
        if any(extension.critical for extension in found.extensions) or any(
            extension.critical for entry in found for extension in entry.extensions
        ):
            raise CertificateUnreadableError("not a full list")
        return RevocationList(
            issuer=name_of(found.issuer),
            issued_at=found.last_update_utc,
            next_update=found.next_update_utc,
            serials=frozenset(entry.serial_number for entry in found),
            scheme=scheme_of(parsed["signature_algorithm"], "crl"),
            signature=found.signature,
            signed_bytes=found.tbs_certlist_bytes,
        )
    except _UNREADABLE_CERTIFICATE as error:
        raise CertificateUnreadableError("revocation list") from error


def name_of(name: x509.Name) -> Name:
    """The comparable form of a distinguished name."""
    return tuple(frozenset((part.oid.dotted_string, _folded(part.value)) for part in rdn) for rdn in name.rdns)


def _certificate(encoded: bytes, found: x509.Certificate, parsed: asn1_x509.Certificate) -> Certificate:
    extensions = found.extensions
    usage = _extension(extensions, x509.KeyUsage)
    basic = _extension(extensions, x509.BasicConstraints)
    period = _extension(extensions, x509.PrivateKeyUsagePeriod)
    own, above = _extension(extensions, x509.SubjectKeyIdentifier), _extension(extensions, x509.AuthorityKeyIdentifier)
    understood = all(_understood(extension) for extension in extensions if extension.critical)
    is_authority = basic is not None and basic.ca
    countries = found.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return Certificate(
        subject=name_of(found.subject),
        issuer=name_of(found.issuer),
        country=_folded(countries[0].value) if countries else None,
        serial=found.serial_number,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        key=load_key(parsed["tbs_certificate"]["subject_public_key_info"]),
        key_identifier=own.digest if own else None,
        issuer_key_identifier=above.key_identifier if above else None,
        may_sign_certificates=understood and is_authority and usage is not None and usage.key_cert_sign,
        may_sign_documents=understood
        and not is_authority
        and usage is not None
        and usage.digital_signature
        and _extension(extensions, x509.ExtendedKeyUsage)
        is None,  # those are for master lists and other tasks (ICAO 9303-12 section 7.1.1)
        key_used_from=period.not_before if period else None,
        key_used_until=period.not_after if period else None,
        algorithm=parsed["signature_algorithm"],
        signature=found.signature,
        signed_bytes=found.tbs_certificate_bytes,
        fingerprint=hashlib.sha256(encoded).hexdigest(),
    )


def _extension(extensions: x509.Extensions, kind: type[ExtensionT]) -> ExtensionT | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _understood(extension: x509.Extension[x509.ExtensionType]) -> bool:
    return isinstance(extension.value, _UNDERSTOOD) or extension.oid.dotted_string == _DOCUMENT_TYPES


def _folded(value: str | bytes) -> str:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value.hex()
