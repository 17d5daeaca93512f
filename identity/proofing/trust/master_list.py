"""Reading a master list: many countries' roots under one signature (ICAO 9303-12 section 9), believed only from a signer pinned by hand."""

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from identity.proofing.chip import signed_data
from identity.proofing.chip.certificates import Certificate, CertificateUnreadableError, read_certificate
from identity.proofing.chip.lds import UNREADABLE
from identity.proofing.chip.refusals import ChipRefused, SodMalformed
from identity.proofing.chip.signatures import verifies

_MASTER_LIST = "2.23.136.1.1.2"
_MASTER_LIST_SIGNER = "2.23.136.1.1.3"
MAX_BYTES = 16 * 1024 * 1024


class MasterListRefusedError(ValueError):
    """The list cannot be read, or its signature is not that of the pinned signer."""


class _Certificates(core.SetOf):  # type: ignore[misc]  # asn1crypto ships no types
    _child_spec = asn1_x509.Certificate


class _MasterList(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012 - asn1crypto reads this attribute


def is_master_list(encoded: bytes) -> bool:
    """Whether the bytes look like one: CMS with the content type of a master list near its beginning."""
    return bytes(core.ObjectIdentifier(_MASTER_LIST).dump()) in encoded[:200]


def read(encoded: bytes, pinned: bytes) -> list[bytes]:
    """The certificates of the list, DER; `pinned`: the signer's own certificate, or the root that issued it.

    Raises MasterListRefusedError.
    """
    if len(encoded) > MAX_BYTES:
        raise MasterListRefusedError("the list is too large")
    try:
        signed = signed_data.read(encoded, _MASTER_LIST)
        signed.require_signed_by(_signer(signed.certificate, pinned).key)
        found = _MasterList.load(signed.content, strict=True)
        if found["version"].native != 0:
            raise SodMalformed("version")
        return [certificate.dump() for certificate in found["certificates"]]
    except (ChipRefused, CertificateUnreadableError, x509.ExtensionNotFound, *UNREADABLE) as error:
        raise MasterListRefusedError(f"the list is refused: {type(error).__name__}") from error


def _signer(certificate: bytes, pinned: bytes) -> Certificate:
    usage = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if _MASTER_LIST_SIGNER not in {oid.dotted_string for oid in usage}:
        raise MasterListRefusedError("its signer may not sign master lists")
    signer, root = read_certificate(certificate), read_certificate(pinned)
    if signer.fingerprint != root.fingerprint and not (
        root.may_sign_certificates
        and root.subject == signer.issuer
        and verifies(root.key, signer.scheme(), signer.signature, signer.signed_bytes)
    ):
        raise MasterListRefusedError("its signer is not the pinned one")
    return signer
