"""The trust store: what an operator may put in it, and what it then vouches for."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import keys
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hanoismart import clock
from identity.proofing.chip.curves import BY_OID, curve_of
from identity.proofing.chip.passive import verify_passive
from identity.proofing.chip.refusals import SignatureAlgorithmRefused, SignerExpired, WrongCountry
from identity.proofing.chip.trust import TrustStore, TrustStoreInvalidError
from identity.proofing.specimen import KeyKind, SpecimenAuthority, SpecimenDocument, make
from identity.proofing.specimen.authority import REVOKED_SERIAL, SignerRequest
from identity.proofing.specimen.signing import explicit_domain


def pem(encoded: bytes, label: str) -> bytes:
    body = base64.encodebytes(encoded)
    return b"-----BEGIN " + label.encode() + b"-----\n" + body + b"-----END " + label.encode() + b"-----\n"


def test_a_folder_of_der_and_pem_files_is_a_store(
    tmp_path: Path, vietnam: SpecimenAuthority, utopia: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    (tmp_path / "VNM").mkdir()
    (tmp_path / "UTO").mkdir()
    second = SpecimenAuthority.create("VNM")
    (tmp_path / "VNM" / "a.pem").write_bytes(pem(second.certificate, "CERTIFICATE") + pem(vietnam.certificate, "CERTIFICATE"))
    (tmp_path / "VNM" / "b.crl").write_bytes(pem(vietnam.revocation_list(), "X509 CRL"))
    (tmp_path / "VNM" / "notes.txt").write_text("where these came from")
    (tmp_path / "UTO" / "c.cer").write_bytes(utopia.certificate)
    store = TrustStore.load(tmp_path)
    assert {code: len(anchors) for code, anchors in store.anchors.items()} == {"VNM": 2, "UTO": 1}
    assert {serial for _, serial in store.revocations["VNM"].serials} == {REVOKED_SERIAL}
    for authority in (vietnam, second):  # the same name with another key: the key identifier tells them apart
        chip = make(authority, lan)
        assert verify_passive(chip.data_groups, chip.sod, store, clock.now().date()).mrz.issuer == "VNM"


def test_no_folder_is_an_empty_store(tmp_path: Path) -> None:
    assert TrustStore.load(tmp_path / "absent").anchors == {}


@pytest.mark.parametrize("name", ["x.cer", "x.crl"])
@pytest.mark.parametrize("content", [b"", b"noise", b"-----BEGIN CERTIFICATE-----\nnot base64 at all\n"])
def test_a_file_that_is_none_stops_the_start(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "VNM").mkdir()
    (tmp_path / "VNM" / name).write_bytes(content)
    with pytest.raises(TrustStoreInvalidError):
        TrustStore.load(tmp_path)


def test_a_document_signer_is_no_anchor(vietnam: SpecimenAuthority) -> None:
    with pytest.raises(TrustStoreInvalidError):
        TrustStore.build({"VNM": [vietnam.issue_signer().certificate]})


def test_a_list_of_another_root_revokes_nothing(vietnam: SpecimenAuthority, utopia: SpecimenAuthority) -> None:
    with pytest.raises(TrustStoreInvalidError):
        TrustStore.build({"VNM": [vietnam.certificate]}, {"VNM": [utopia.revocation_list()]})
    impostor = SpecimenAuthority.create("VNM")
    with pytest.raises(TrustStoreInvalidError):
        TrustStore.build({"VNM": [vietnam.certificate]}, {"VNM": [impostor.revocation_list()]})


def test_a_saved_authority_comes_back_with_the_same_key(tmp_path: Path, lan: SpecimenDocument) -> None:
    made = SpecimenAuthority.create("VNM", kind=KeyKind.BRAINPOOL_P256)
    made.save(tmp_path)
    loaded = SpecimenAuthority.load(tmp_path, "VNM")
    chip = make(loaded, lan)
    assert verify_passive(chip.data_groups, chip.sod, TrustStore.load(tmp_path), clock.now().date()).revocation_checked
    assert (tmp_path / "VNM" / "csca.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        SpecimenAuthority.load(tmp_path, "UTO")


def test_merging_keeps_the_roots_of_both_for_one_country(vietnam: SpecimenAuthority) -> None:
    other = SpecimenAuthority.create("VNM")
    merged = vietnam.trust_store().merged(other.trust_store())
    assert len(merged.anchors["VNM"]) == 2
    assert merged.revocations["VNM"].until is not None


def test_a_country_without_list_is_said_to_be_unchecked(vietnam: SpecimenAuthority) -> None:
    store = TrustStore.build({"VNM": [vietnam.certificate]})
    signer = store.signer(vietnam.issue_signer().certificate, issuer="VNM", day=clock.now().date())
    assert not signer.revocation_checked


def test_the_two_certificates_name_the_same_country(vietnam: SpecimenAuthority) -> None:
    """A root pinned for the wrong issuer code cannot vouch for a signer that names another country."""
    named = vietnam.issue_signer().certificate
    renamed = SpecimenAuthority("UTO", vietnam.kind, vietnam.key, vietnam.certificate)
    foreign = renamed.issue_signer(SignerRequest()).certificate
    store = TrustStore.build({"VNM": [vietnam.certificate]})
    assert store.signer(named, issuer="VNM", day=clock.now().date()).fingerprint
    with pytest.raises(WrongCountry):
        TrustStore.build({"UTO": [vietnam.certificate]}).signer(named, issuer="VNM", day=clock.now().date())
    assert x509.load_der_x509_certificate(foreign).issuer != x509.load_der_x509_certificate(vietnam.certificate).subject


def test_a_root_counts_within_its_own_time_only(vietnam: SpecimenAuthority) -> None:
    store = vietnam.trust_store()
    signer = vietnam.issue_signer(SignerRequest(not_after=clock.now() + timedelta(days=12 * 365))).certificate
    with pytest.raises(SignerExpired):
        store.signer(signer, issuer="VNM", day=(clock.now() + timedelta(days=11 * 365 + 30)).date())


@pytest.mark.parametrize("oid", sorted(BY_OID))
def test_explicit_parameters_are_mapped_onto_their_curve_and_altered_ones_refused(oid: str) -> None:
    curve = BY_OID[oid]
    assert curve_of(keys.ECDomainParameters("specified", explicit_domain(curve))).name == curve.name
    for field, value in (("order", 17), ("cofactor", 2)):
        domain = explicit_domain(curve)
        domain[field] = value
        with pytest.raises(SignatureAlgorithmRefused):
            curve_of(keys.ECDomainParameters("specified", domain))
    moved = explicit_domain(curve)
    moved["base"] = keys.ECPoint(b"\x04" + bytes(2 * ((curve.key_size + 7) // 8)))
    with pytest.raises(SignatureAlgorithmRefused):
        curve_of(keys.ECDomainParameters("specified", moved))


def test_other_named_curves_are_refused() -> None:
    with pytest.raises(SignatureAlgorithmRefused):
        curve_of(keys.ECDomainParameters("named", "secp224r1"))


def test_the_key_file_holds_a_private_key(tmp_path: Path, utopia: SpecimenAuthority) -> None:
    utopia.save(tmp_path)
    key = serialization.load_pem_private_key((tmp_path / "UTO" / "csca.key").read_bytes(), password=None)
    assert key.public_key() == utopia.key.public_key()
