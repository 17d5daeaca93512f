"""Active authentication: the original chip answers, a copy, a replay or a weak hash does not pass."""

import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart import clock
from identity.proofing.chip.active import verify_active
from identity.proofing.chip.passive import ChipEvidence, verify_passive
from identity.proofing.chip.refusals import (
    ActiveAuthenticationFailed,
    ActiveAuthenticationMissing,
    ChipRefused,
    HashAlgorithmRefused,
    SignatureAlgorithmRefused,
)
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import KeyKind, Make, SpecimenAuthority, SpecimenChip, SpecimenDocument, make

CHALLENGE = bytes(range(8))


def evidence_of(chip: SpecimenChip, trust: TrustStore) -> ChipEvidence:
    return verify_passive(chip.data_groups, chip.sod, trust, clock.now().date())


@pytest.fixture(scope="module", params=list(KeyKind))
def chip(request: pytest.FixtureRequest, vietnam: SpecimenAuthority, lan: SpecimenDocument) -> SpecimenChip:
    return make(vietnam, lan, Make(chip_key=request.param))


def test_the_original_answers(chip: SpecimenChip, trust: TrustStore) -> None:
    evidence = evidence_of(SpecimenChip.from_json(chip.to_json()), trust)
    for _ in range(3):
        challenge = os.urandom(8)
        verify_active(evidence, challenge, chip.sign_challenge(challenge))


def test_an_answer_to_another_challenge_is_a_replay(chip: SpecimenChip, trust: TrustStore) -> None:
    with pytest.raises(ActiveAuthenticationFailed):
        verify_active(evidence_of(chip, trust), CHALLENGE, chip.sign_challenge(b"another!"))


def test_a_copy_with_another_key_fails(chip: SpecimenChip, vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    copy = make(vietnam, lan, Make(chip_key=KeyKind.P256))
    with pytest.raises(ActiveAuthenticationFailed):
        verify_active(evidence_of(chip, trust), CHALLENGE, copy.sign_challenge(CHALLENGE))


def test_a_chip_without_key_offers_no_proof(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    chip = make(vietnam, lan, Make(chip_key=None))
    with pytest.raises(ActiveAuthenticationMissing):
        verify_active(evidence_of(chip, trust), CHALLENGE, b"")
    with pytest.raises(ValueError, match="no key"):
        chip.sign_challenge(CHALLENGE)


def test_an_elliptic_key_needs_its_hash_named_in_dg14(vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument) -> None:
    chip = make(vietnam, lan)
    without = replace(chip, data_groups={number: value for number, value in chip.data_groups.items() if number != 14})
    with pytest.raises(ActiveAuthenticationMissing):
        verify_active(evidence_of(without, trust), CHALLENGE, chip.sign_challenge(CHALLENGE))


def test_a_challenge_of_another_size_is_the_callers_mistake(chip: SpecimenChip, trust: TrustStore) -> None:
    with pytest.raises(ValueError, match="eight"):
        verify_active(evidence_of(chip, trust), b"short", b"")


@pytest.mark.parametrize("trailer", [b"\xbc", b"\x33\xcc", b"\x38\xcc"])
def test_weak_hashes_in_the_trailer_are_refused(
    trailer: bytes, vietnam: SpecimenAuthority, trust: TrustStore, lan: SpecimenDocument
) -> None:
    chip = make(vietnam, lan, Make(chip_key=KeyKind.RSA))
    assert chip.chip_key is not None
    key = load_pem_private_key(chip.chip_key.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    message = b"\x6a" + bytes(255 - len(trailer)) + trailer
    numbers = key.private_numbers()
    signature = pow(int.from_bytes(message, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")
    with pytest.raises(HashAlgorithmRefused):
        verify_active(evidence_of(chip, trust), CHALLENGE, signature)
    # The smaller of s and n - s means the same signature (ISO/IEC 9796-2 annex B).
    good = int.from_bytes(chip.sign_challenge(CHALLENGE), "big")
    verify_active(evidence_of(chip, trust), CHALLENGE, (numbers.public_numbers.n - good).to_bytes(256, "big"))


def test_a_short_rsa_key_of_the_chip_is_refused(trust: TrustStore, vietnam: SpecimenAuthority, lan: SpecimenDocument) -> None:
    from asn1crypto import keys

    info = keys.PublicKeyInfo.wrap(keys.RSAPublicKey({"modulus": (1 << 767) | 1, "public_exponent": 3}), "rsa").dump()
    with pytest.raises(SignatureAlgorithmRefused):
        verify_active(replace(evidence_of(make(vietnam, lan), trust), active_key=info), CHALLENGE, bytes(96))


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_hostile_answers_raise_only_refusals(
    data: st.DataObject, trust: TrustStore, vietnam: SpecimenAuthority, lan: SpecimenDocument
) -> None:
    chip = _chip(data.draw(st.sampled_from([KeyKind.P256, KeyKind.RSA])), vietnam, lan)
    answer = bytearray(_answer(chip))
    size = len(answer)
    edit = data.draw(st.sampled_from(["flip", "cut", "grow", "zero", "ones", "random"]))
    if edit == "flip":
        answer[data.draw(st.integers(0, size - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = {
        "flip": bytes(answer),
        "cut": bytes(answer[: data.draw(st.integers(0, size - 1))]),
        "grow": bytes(answer) + b"\x00",
        "zero": bytes(size),
        "ones": b"\xff" * size,
        "random": data.draw(st.binary(max_size=600)),
    }[edit]
    with pytest.raises(ChipRefused):
        verify_active(_evidence(chip, trust), CHALLENGE, changed)


_CHIPS: dict[KeyKind, SpecimenChip] = {}
_ANSWERS: dict[bytes, bytes] = {}
_SEEN: dict[bytes, ChipEvidence] = {}


def _evidence(chip: SpecimenChip, trust: TrustStore) -> ChipEvidence:
    if chip.sod not in _SEEN:
        _SEEN[chip.sod] = evidence_of(chip, trust)
    return _SEEN[chip.sod]


def _chip(kind: KeyKind, authority: SpecimenAuthority, document: SpecimenDocument) -> SpecimenChip:
    if kind not in _CHIPS:
        _CHIPS[kind] = make(authority, document, Make(chip_key=kind))
    return _CHIPS[kind]


def _answer(chip: SpecimenChip) -> bytes:
    if chip.sod not in _ANSWERS:
        _ANSWERS[chip.sod] = chip.sign_challenge(CHALLENGE)
    return _ANSWERS[chip.sod]
