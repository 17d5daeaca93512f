"""Reading EF.SOD, the signed list of hashes, so strictly that it can mean one thing only (ICAO 9303-10 section 4.6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms, core
from cryptography.hazmat.primitives import hashes

from identity.proofing.chip import der
from identity.proofing.chip.lds import EF_SOD, TAGS, UNREADABLE
from identity.proofing.chip.refusals import ChipTooLarge, SignatureInvalid, SodMalformed, TrailingBytes
from identity.proofing.chip.signatures import PublicKey, Scheme, accepted_hash, scheme_of, verifies

MAX_SOD_BYTES = 32 * 1024
"""Real ones have two to four kilobytes."""
_MAX_CERTIFICATES = 8
_LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"


class DataGroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    _fields = [("number", core.Integer), ("value", core.OctetString)]  # noqa: RUF012 - asn1crypto reads this attribute


class DataGroupHashes(core.SequenceOf):  # type: ignore[misc]  # asn1crypto ships no types
    _child_spec = DataGroupHash


class LdsVersionInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    _fields = [("lds_version", core.PrintableString), ("unicode_version", core.PrintableString)]  # noqa: RUF012 - asn1crypto reads this attribute


class LdsSecurityObject(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """ICAO 9303-10 section 4.6.2.2; version 1 carries the version of the data structure, version 0 does not."""

    _fields = [  # noqa: RUF012 - asn1crypto reads this attribute
        ("version", core.Integer),
        ("hash_algorithm", cms.DigestAlgorithm),
        ("hashes", DataGroupHashes),
        ("version_info", LdsVersionInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """EF.SOD taken apart; nothing in it is believed before `require_signed_by` has passed with a trusted signer's key.

    `certificate`: the signer's own, sent along, DER; any other counts for nothing.
    `signed_at` is None where the signer states no time.
    """

    hash_name: str
    hashes: Mapping[int, bytes]
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


def read(encoded: bytes) -> SecurityObject:
    """Takes EF.SOD apart.

    Raises SodMalformed, TrailingBytes, ChipTooLarge, HashAlgorithmRefused, SignatureAlgorithmRefused.
    """
    if len(encoded) > MAX_SOD_BYTES:
        raise ChipTooLarge("sod")
    try:
        inner = der.read_one(encoded, EF_SOD)
        der.require_der(inner)
        return _signed_data(inner)
    except der.TrailingError as error:
        raise TrailingBytes("sod") from error
    except UNREADABLE as error:
        raise SodMalformed("structure") from error


def _signed_data(encoded: bytes) -> SecurityObject:
    wrapper = cms.ContentInfo.load(encoded, strict=True)
    if wrapper["content_type"].dotted != _SIGNED_DATA:
        raise SodMalformed("content_type")
    signed = wrapper["content"]
    capsule = signed["encap_content_info"]
    if capsule["content_type"].dotted != _LDS_SECURITY_OBJECT or len(signed["signer_infos"]) != 1:
        raise SodMalformed("signed_data")
    content: bytes = _octets(capsule["content"])
    signer = signed["signer_infos"][0]
    digest_name: str = signer["digest_algorithm"]["algorithm"].native
    digest = accepted_hash(digest_name, "signer")
    stated, signed_at = _attributes(signer["signed_attrs"])
    hash_name, groups = _security_object(content)
    return SecurityObject(
        hash_name=hash_name,
        hashes=groups,
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


def _security_object(content: bytes) -> tuple[str, dict[int, bytes]]:
    der.require_der(content)
    parsed = LdsSecurityObject.load(content, strict=True)
    version, has_info = parsed["version"].native, not isinstance(parsed["version_info"], core.Void)
    if (version, has_info) not in {(0, False), (1, True)}:
        raise SodMalformed("lds_version")
    if has_info:
        _ = parsed["version_info"].native  # read, so that an unreadable version is refused here
    hash_name: str = parsed["hash_algorithm"]["algorithm"].native
    size = accepted_hash(hash_name, "data_groups").digest_size
    listed = [(entry["number"].native, bytes(entry["value"].native)) for entry in parsed["hashes"]]
    groups = dict(listed)
    if len(groups) != len(listed) or not groups or not groups.keys() <= TAGS.keys() or any(len(value) != size for value in groups.values()):
        raise SodMalformed("hashes")
    return hash_name, groups


def _attributes(attributes: cms.CMSAttributes) -> tuple[bytes, datetime | None]:
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
    if _CONTENT_TYPE not in found or _MESSAGE_DIGEST not in found or found[_CONTENT_TYPE].dotted != _LDS_SECURITY_OBJECT:
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
