"""A specimen master list: roots of several countries under the signature of one of them, as Germany and ICAO publish theirs."""

from collections.abc import Sequence

from asn1crypto import core

from hanoismart import clock
from identity.proofing.specimen.authority import DocumentSigner, SignerRequest, SpecimenAuthority
from identity.proofing.specimen.security import Sealing, signed

_MASTER_LIST = "2.23.136.1.1.2"


def master_list(publisher: SpecimenAuthority, roots: Sequence[bytes], *, signer: DocumentSigner | None = None) -> tuple[bytes, bytes]:
    """The list (CMS, DER) over the certificates `roots`, and its signer's certificate; `signer` in place of a proper one breaks it."""
    chosen = signer or publisher.issue_signer(SignerRequest(master_lists=True))
    members = b"".join(sorted(roots))
    content = _constructed(0x30, core.Integer(0).dump() + _constructed(0x31, members))
    return signed(content, _MASTER_LIST, Sealing(chosen, "sha256", 0, clock.now(), None)), chosen.certificate


def _constructed(tag: int, value: bytes) -> bytes:
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes([tag, len(value)]) + value if len(value) < 0x80 else bytes([tag, 0x80 | len(size)]) + size + value
