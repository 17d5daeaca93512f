"""Reading CMS SignedData with one signer (RFC 5652) as documents and master lists carry it, so strictly that it can mean one thing only."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms, core
from cryptography.hazmat.primitives import hashes

from identity.proofing.chip.refusals import SignatureInvalid, SodMalformed
from identity.proofing.chip.signatures import PublicKey, Scheme, accepted_hash, scheme_of, verifies

_MAX_CERTIFICATES = 8
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"


@dataclass(frozen=True, slots=True)
class SignedData:
    """Taken apart; nothing in it is believed before `require_signed_by` has passed with a trusted signer's key.

    `certificate`: the signer's own, sent along, DER; any other counts for nothing. `signed_at` is None where the signer states no time.
    """

    content: bytes
    certificate: bytes
    signed_at: datetime | None
    scheme: Scheme
    signature: bytes
    signed_bytes: bytes
    content_digest: bytes
    stated_digest: bytes

    def require_signed_by(self, key: PublicKey) -> None:
        """Raises SignatureInvalid unless the content is what the attributes say and `key` signed the attributes."""
        if self.content_digest != self.stated_digest:
            raise SignatureInvalid("message_digest")
        if not verifies(key, self.scheme, self.signature, self.signed_bytes):
            raise SignatureInvalid("signer")


def read(encoded: bytes, content_type: str) -> SignedData:
    """Takes `encoded` apart, whose content must be of `content_type` (an OID).

    Raises SodMalformed, HashAlgorithmRefused, SignatureAlgorithmRefused; ValueError and the like for bytes that are no ASN.1.
    """
    wrapper = cms.ContentInfo.load(encoded, strict=True)
    if wrapper["content_type"].dotted != _SIGNED_DATA:
        raise SodMalformed("content_type")
    signed = wrapper["content"]
    capsule = signed["encap_content_info"]
    if capsule["content_type"].dotted != content_type or len(signed["signer_infos"]) != 1:
        raise SodMalformed("signed_data")
    content = _octets(capsule["content"])
    signer = signed["signer_infos"][0]
    digest_name: str = signer["digest_algorithm"]["algorithm"].native
    digest = accepted_hash(digest_name, "signer")
    stated, signed_at = _attributes(signer["signed_attrs"], content_type)
    return SignedData(
        content=content,
        certificate=_certificate(signed["certificates"], signer["sid"]),
        signed_at=signed_at,
        scheme=scheme_of(signer["signature_algorithm"], "signer", digest_name),
        signature=bytes(signer["signature"].native),
        signed_bytes=b"\x31" + signer["signed_attrs"].dump()[1:],  # signed under its own tag SET OF (RFC 5652 section 5.4)
        content_digest=hash_of(content, digest),
        stated_digest=stated,
    )


def hash_of(message: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """The digest of `message`."""
    context = hashes.Hash(algorithm)
    context.update(message)
    return context.finalize()


def _octets(value: core.Asn1Value) -> bytes:
    if (value.class_, value.method, value.tag) != (0, 0, core.OctetString.tag):
        raise SodMalformed("content")
    return bytes(value.contents)


def _attributes(attributes: cms.CMSAttributes, content_type: str) -> tuple[bytes, datetime | None]:
    """The stated digest and time: each attribute once and with one value, contentType and messageDigest always (RFC 5652 section 11)."""
    found: dict[str, core.Asn1Value] = {}
    for attribute in attributes:
        oid = attribute["type"].dotted
        if oid in found:
            raise SodMalformed("attributes")
        if oid in {_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_TIME}:
            if len(attribute["values"]) != 1:
                raise SodMalformed("attributes")
            found[oid] = attribute["values"][0]
        else:
            found[oid] = attribute
    if _CONTENT_TYPE not in found or _MESSAGE_DIGEST not in found or found[_CONTENT_TYPE].dotted != content_type:
        raise SodMalformed("attributes")
    time = found.get(_SIGNING_TIME)
    return bytes(found[_MESSAGE_DIGEST].native), None if time is None else _moment(time.native)


def _moment(value: datetime) -> datetime:
    """Raises ValueError for a time without a zone: DER times are UTC."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC)


def _certificate(certificates: cms.CertificateSet, signer: cms.SignerIdentifier) -> bytes:
    if len(certificates) > _MAX_CERTIFICATES:
        raise SodMalformed("certificates")
    matching: list[bytes] = []
    for choice in certificates:
        if choice.name != "certificate":
            continue
        certificate = choice.chosen
        if signer.name == "issuer_and_serial_number":
            same = (
                certificate["tbs_certificate"]["serial_number"].native == signer.chosen["serial_number"].native
                and certificate["tbs_certificate"]["issuer"].dump() == signer.chosen["issuer"].dump()
            )
        else:
            same = certificate.key_identifier == bytes(signer.chosen.native)
        if same:
            matching.append(certificate.dump())
    if len(matching) != 1:
        raise SodMalformed("certificates")
    return matching[0]
