"""Passive authentication: genuine chips of every kind pass, each broken one is refused with its own reason."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hanoismart import clock
from hanoismart.problems import catalogue
from identity.proofing.chip import refusals
from identity.proofing.chip.passive import ChipEvidence, verify_passive
from identity.proofing.chip.refusals import ChipRefused
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import Flaw, KeyKind, Make, SpecimenAuthority, SpecimenChip, SpecimenDocument, make

_OTHER = bytes(3)


def check(chip: SpecimenChip, trust: TrustStore, at: date | None = None) -> ChipEvidence:
    return verify_passive(chip.data_groups, chip.sod, trust, at or clock.now().date())


def refused(chip: SpecimenChip, trust: TrustStore, at: date | None = None) -> str:
    with pytest.raises(ChipRefused) as caught:
        check(chip, trust, at)
    return caught.value.code


@pytest.mark.parametrize("kind", list(KeyKind))
@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize(("hash_name", "version"), [("sha256", 0), ("sha512", 1)])
def test_a_genuine_card_is_believed(
    kind: KeyKind, explicit: bool, hash_name: str, version: int, vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument
) -> None:
    how = Make(signer=kind, explicit_curve=explicit, hash_name=hash_name, lds_version=version)
    evidence = check(make(vietnam, lan, how), trust)
    assert evidence.personal_number == "001190000123"
    assert evidence.vietnamese_name == "Nguyễn Thị Lan"
    assert evidence.review == ()
    assert evidence.groups == {1, 13, 14, 15}
    assert (evidence.hash_name, evidence.revocation_checked) == (hash_name, True)


@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.RSA_PSS, KeyKind.BRAINPOOL_P384, KeyKind.P521])
def test_roots_of_every_kind_serve(kind: KeyKind, lan: SpecimenDocument) -> None:
    authority = SpecimenAuthority.create("VNM", kind=kind, explicit_curve=True)
    assert check(make(authority, lan), authority.trust_store()).mrz.full_name == "NGUYEN THI LAN"


def test_a_passport_is_believed_and_has_no_personal_number(utopia: SpecimenAuthority, trust: TrustStore, anna: SpecimenDocument) -> None:
    evidence = check(make(utopia, anna, Make(chip_key=None, states_time=False)), trust)
    assert (evidence.mrz.number, evidence.mrz.issuer, evidence.personal_number) == ("L898902C3", "UTO", None)
    assert (evidence.active_key, evidence.signed_at, evidence.vietnamese_name) == (None, None, None)


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        (Flaw.ALTERED_GROUP, "proofing.data_group_altered"),
        (Flaw.ALTERED_SIGNATURE, "proofing.signature_invalid"),
        (Flaw.WRONG_DIGEST, "proofing.signature_invalid"),
        (Flaw.WRONG_CHECK_DIGIT, "proofing.mrz_invalid"),
        (Flaw.TRAILING_BYTES, "proofing.trailing_bytes"),
        (Flaw.SHA1, "proofing.hash_algorithm_refused"),
        (Flaw.TWO_SIGNERS, "proofing.sod_malformed"),
        (Flaw.UNKNOWN_SIGNER, "proofing.signer_unknown"),
        (Flaw.ROOT_SENT_ALONG, "proofing.signer_unknown"),
        (Flaw.EXPIRED_SIGNER, "proofing.signer_expired"),
        (Flaw.REVOKED_SIGNER, "proofing.signer_revoked"),
        (Flaw.SIGNER_FOR_OTHER_TASKS, "proofing.signer_unsuitable"),
        (Flaw.AUTHORITY_AS_SIGNER, "proofing.signer_unsuitable"),
    ],
)
@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.RSA_PSS])
def test_each_flaw_is_refused_with_its_reason(
    flaw: Flaw, code: str, kind: KeyKind, vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument
) -> None:
    assert refused(make(vietnam, lan, Make(signer=kind), flaw=flaw), trust) == code


def test_every_flaw_has_its_test() -> None:
    marks = test_each_flaw_is_refused_with_its_reason.pytestmark  # type: ignore[attr-defined]  # pytest hangs the marks there
    tested = {case[0] for mark in marks if mark.args[0] == ("flaw", "code") for case in mark.args[1]}
    assert tested == set(Flaw)


def test_another_countrys_root_signs_nothing_for_vietnam(utopia: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    assert refused(make(utopia, lan), trust) == "proofing.wrong_country"


def test_a_country_without_anchors_is_unknown(utopia: SpecimenAuthority, vietnam: SpecimenAuthority, anna: SpecimenDocument) -> None:
    assert refused(make(utopia, anna), TrustStore()) == "proofing.signer_unknown"
    assert refused(make(utopia, anna), vietnam.trust_store()) == "proofing.signer_unknown"


def test_an_expired_document_is_refused_from_the_day_after(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    today = clock.now().date()
    chip = make(vietnam, replace(lan, expires_on=today))
    assert check(chip, trust, today).mrz.expires_on == today
    assert refused(chip, trust, today + timedelta(days=1)) == "proofing.document_expired"


def test_the_signer_counts_on_the_day_it_signed(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    today = clock.now()
    stated = make(vietnam, lan)
    silent = make(vietnam, lan, Make(states_time=False))
    late = (today + timedelta(days=11 * 365)).date()
    assert check(stated, trust, late).signed_at is not None
    assert refused(silent, trust, late) == "proofing.signer_expired"
    assert refused(make(vietnam, lan, Make(signed_at=today + timedelta(days=3))), trust) == "proofing.signer_expired"
    assert refused(make(vietnam, lan, Make(signed_at=today - timedelta(days=900))), trust) == "proofing.signer_expired"


def test_one_persons_data_under_anothers_seal_is_refused(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    of_lan = make(vietnam, lan)
    of_minh = make(vietnam, replace(lan, surname="Trần", given_names="Văn Minh"))
    mixed = replace(of_lan, data_groups={**of_lan.data_groups, 1: of_minh.data_groups[1]})
    assert refused(mixed, trust) == "proofing.data_group_altered"


def test_data_groups_must_be_there_be_signed_and_end_where_they_end(
    vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument
) -> None:
    chip = make(vietnam, lan)
    first = chip.data_groups[1]
    assert refused(replace(chip, data_groups={13: chip.data_groups[13]}), trust) == "proofing.data_group_missing"
    assert refused(replace(chip, data_groups={1: first, 2: b"\x75\x03" + _OTHER}), trust) == "proofing.data_group_altered"
    assert refused(replace(chip, data_groups={1: first, 2: b"\x76\x03" + _OTHER}), trust) == "proofing.data_group_malformed"
    assert refused(replace(chip, data_groups={1: first, 17: b"\x75\x03" + _OTHER}), trust) == "proofing.data_group_malformed"
    assert refused(replace(chip, data_groups={1: first + b"\x00"}), trust) == "proofing.trailing_bytes"
    assert refused(replace(chip, data_groups={1: first, 2: b"\x75" * 300_000}), trust) == "proofing.chip_too_large"
    assert refused(replace(chip, sod=b"\x77" * 40_000), trust) == "proofing.chip_too_large"


def test_doubts_go_to_review_and_refuse_nothing(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    evidence = check(make(vietnam, replace(lan, personal_number="001085000123")), trust)
    assert evidence.review == ("personal_number_sex", "personal_number_birth_year")
    assert check(make(vietnam, replace(lan, personal_number="")), trust).review == ("personal_number_absent",)


def test_evidence_prints_nothing_of_the_person(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    chip = make(vietnam, lan)
    evidence = check(chip, trust)
    for shown in (repr(evidence), repr(evidence.mrz), repr(chip), repr(lan)):
        assert "LAN" not in shown.upper()
        assert "001190000123" not in shown


def test_every_refusal_is_a_422_with_both_languages_and_says_nothing_personal() -> None:
    kinds = [kind for kind in catalogue().values() if issubclass(kind, ChipRefused)]
    assert {kind.__name__ for kind in kinds} >= {
        name for name, kind in vars(refusals).items() if isinstance(kind, type) and "code" in vars(kind)
    }
    for kind in kinds:
        assert kind.status == 422
        assert kind.code.startswith("proofing.")
        assert kind.title.vi != kind.title.en
        assert kind("dg1").body("vi")["step"] == "dg1"
