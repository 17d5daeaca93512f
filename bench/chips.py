"""Chip verification: the whole of it against the bare signature checks it cannot do without, in CPU time."""

import hashlib
from datetime import date

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.measuring import Line, in_turn
from hanoismart.clock import now
from identity.proofing.chip import chip_authentication, sod
from identity.proofing.chip.mrz import Sex
from identity.proofing.specimen import KeyKind, Make, SpecimenAuthority, SpecimenDocument, make
from identity.proofing.verifier import Asked, ChipVerifier, Reading, challenge_of
from kernel.pool import Pool

TIMES = 40
MOST = 30_000


async def measure() -> list[Line]:
    """CPU microseconds of passive and active authentication, and of chip authentication from its key to its answer."""
    vietnam = SpecimenAuthority.create("VNM")
    lan = SpecimenDocument.cccd("Nguyễn Thị Lan", "001190000123", date(1990, 5, 4), Sex.FEMALE, date(2090, 5, 4))
    chip, nonce = make(vietnam, lan), bytes(32)
    agreeing = make(vietnam, lan, Make(chip_key=None, agreement_key=KeyKind.P256))
    pool = Pool("bench", workers=1)
    verifier, trust = ChipVerifier(vietnam.trust_store(), pool), vietnam.trust_store()
    reading = Reading(chip.data_groups, chip.sod, chip.sign_challenge(challenge_of(nonce)))
    security = sod.read(chip.sod).signed
    signer = x509.load_der_x509_certificate(security.certificate)
    root = x509.load_der_x509_certificate(vietnam.certificate).public_key()
    key = signer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(root, ec.EllipticCurvePublicKey)

    async def whole() -> None:
        verifier.check(trust, reading, Asked(nonce), now().date())

    async def bare() -> None:
        """Signer's certificate, signed list, chip's answer: three signatures, one of them under P-384."""
        root.verify(signer.signature, signer.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
        for _ in range(2):
            key.verify(security.signature, security.signed_bytes, ec.ECDSA(hashes.SHA256()))
        for group in chip.data_groups.values():
            hashlib.sha256(group).digest()

    async def agreed() -> None:
        begun = chip_authentication.begin(agreeing.data_groups[14])
        chip_authentication.verify(begun.secret, agreeing.data_groups[14], agreeing.authenticate(begun.public_key, begun.command))

    bare_us, whole_us, agreed_us = await in_turn([bare, whole, agreed], TIMES)
    pool.close()
    ratio = f"{whole_us / 1000:.1f} ms, {whole_us / bare_us:.1f} × bare signatures ({bare_us / 1000:.1f} ms)"
    return [
        Line("P", "a chip: passive and active authentication", ratio, f"< {MOST // 1000} ms"),
        Line("P", "chip authentication, both sides", f"{agreed_us / 1000:.1f} ms", "told"),
    ]
