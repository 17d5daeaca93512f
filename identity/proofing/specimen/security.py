"""Sealing a specimen chip: the EF.SOD over its data groups, as a country's personalisation centre makes it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, core, x509

from identity.proofing.chip.sod import DataGroupHash, DataGroupHashes, LdsSecurityObject
from identity.proofing.specimen.authority import DocumentSigner
from identity.proofing.specimen.flaws import Flaw
from identity.proofing.specimen.signing import algorithm_of, sign

_LDS_SECURITY_OBJECT = "2.23.136.1.1.1"


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who seals and how. `lds_version` 1 carries the version of the data structure; `signed_at` None states no signing time."""

    signer: DocumentSigner
    hash_name: str
    lds_version: int
    signed_at: datetime | None
    flaw: Flaw | None


def security_object(groups: Mapping[int, bytes], how: Sealing) -> bytes:
    """EF.SOD without its outer tag 77: a CMS SignedData over the hashes of `groups` (ICAO 9303-10 section 4.6.2)."""
    return signed(_content(groups, how), _LDS_SECURITY_OBJECT, how)


def signed(content: bytes, content_type: str, how: Sealing) -> bytes:
    """A CMS SignedData of one signer over `content`."""
    info = _signer_info(content, content_type, how)
    certificates = [how.signer.certificate, *how.signer.sent_along]
    sealed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": how.hash_name})],
            "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices("certificate", x509.Certificate.load(each)) for each in certificates],
            "signer_infos": [info, info] if how.flaw is Flaw.TWO_SIGNERS else [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": sealed}).dump())


def _content(groups: Mapping[int, bytes], how: Sealing) -> bytes:
    hashes = [
        DataGroupHash({"number": number, "value": hashlib.new(how.hash_name, encoded).digest()})
        for number, encoded in sorted(groups.items())
    ]
    fields: dict[str, object] = {
        "version": how.lds_version,
        "hash_algorithm": algos.DigestAlgorithm({"algorithm": how.hash_name}),
        "hashes": DataGroupHashes(hashes),
    }
    if how.lds_version == 1:
        fields["version_info"] = {"lds_version": "0108", "unicode_version": "040000"}
    return bytes(LdsSecurityObject(fields).dump())


def _signer_info(content: bytes, content_type: str, how: Sealing) -> cms.SignerInfo:
    stated = hashlib.new(how.hash_name, b"another content" if how.flaw is Flaw.WRONG_DIGEST else content).digest()
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": [cms.ContentType(content_type)]}),
        cms.CMSAttribute({"type": "message_digest", "values": [core.OctetString(stated)]}),
    ]
    if how.signed_at is not None:
        moment = cms.Time("utc_time", core.UTCTime(how.signed_at.replace(microsecond=0)))
        attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [moment]}))
    signed_attributes = cms.CMSAttributes(attributes)
    signature = sign(how.signer.key, how.signer.kind, how.hash_name, signed_attributes.dump())
    if how.flaw is Flaw.ALTERED_SIGNATURE:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    certificate = x509.Certificate.load(how.signer.certificate)
    issuer_and_serial = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", issuer_and_serial),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": how.hash_name}),
            "signed_attrs": signed_attributes,
            "signature_algorithm": algorithm_of(how.signer.kind, how.hash_name),
            "signature": signature,
        }
    )
