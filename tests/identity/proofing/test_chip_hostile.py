"""Hostile bytes: whatever is sent as a chip, the answer is evidence or a coded refusal, soon, and never other data than what was signed."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hanoismart import clock
from identity.proofing.chip import der, lds
from identity.proofing.chip.passive import verify_passive
from identity.proofing.chip.refusals import ChipRefused, DataGroupMalformed
from identity.proofing.chip.trust import TrustStore
from identity.proofing.specimen import KeyKind, Make, SpecimenAuthority, SpecimenChip, SpecimenDocument, make

_MANY = settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_KINDS = [KeyKind.P256, KeyKind.RSA_PSS, KeyKind.BRAINPOOL_P256]


@pytest.fixture(scope="module")
def chips(vietnam: SpecimenAuthority, lan: SpecimenDocument) -> list[SpecimenChip]:
    return [make(vietnam, lan, Make(signer=kind, explicit_curve=kind is KeyKind.BRAINPOOL_P256)) for kind in _KINDS]


@st.composite
def _edit(draw: st.DrawFn, original: bytes) -> bytes:
    start = draw(st.integers(0, len(original) - 1))
    end = draw(st.integers(start, len(original)))
    middle = original[start:end]
    kind: Callable[[], bytes] = draw(
        st.sampled_from(
            [
                lambda: original[:start],
                lambda: original[:start] + bytes([original[start] ^ (1 << draw(st.integers(0, 7)))]) + original[start + 1 :],
                lambda: original[:start] + bytes([draw(st.integers(0, 255))]) + original[start + 1 :],
                lambda: original[:start] + middle + middle + original[end:],
                lambda: original[:start] + original[end:],
                lambda: original[:start] + b"\x84\xff\xff\xff\xff" + original[start:],
                lambda: original[:start] + b"\x30\x80" + middle + b"\x00\x00" + original[end:],
                lambda: original[:start] + draw(st.binary(max_size=40)) + original[end:],
                lambda: original * 2,
                lambda: middle,
            ]
        )
    )
    return kind()


@_MANY
@given(data=st.data())
def test_an_edited_security_object_never_lies(data: st.DataObject, chips: list[SpecimenChip], trust: TrustStore) -> None:
    chip = data.draw(st.sampled_from(chips))
    sod = data.draw(_edit(chip.sod))
    try:
        evidence = verify_passive(chip.data_groups, sod, trust, clock.now().date())
    except ChipRefused:
        return
    assert evidence.mrz.full_name == "NGUYEN THI LAN"


@_MANY
@given(data=st.data())
def test_an_edited_data_group_is_refused(data: st.DataObject, chips: list[SpecimenChip], trust: TrustStore) -> None:
    chip = data.draw(st.sampled_from(chips))
    number = data.draw(st.sampled_from(sorted(chip.data_groups)))
    edited = data.draw(_edit(chip.data_groups[number]))
    if edited == chip.data_groups[number]:
        return
    with pytest.raises(ChipRefused):
        verify_passive({**chip.data_groups, number: edited}, chip.sod, trust, clock.now().date())


@_MANY
@given(sod=st.binary(max_size=300), group=st.binary(max_size=300), number=st.integers(-1, 20))
def test_noise_is_refused(sod: bytes, group: bytes, number: int, trust: TrustStore) -> None:
    for wrapped in (sod, b"\x77" + bytes([min(len(sod), 127)]) + sod[:127]):
        with pytest.raises(ChipRefused):
            verify_passive({1: group, number: group}, wrapped, trust, clock.now().date())


@_MANY
@given(
    inner=st.one_of(
        st.binary(max_size=200), st.lists(st.sampled_from([b"\x0c\x02\xc3\x28", b"\x30\x80", b"\x31\x02\x05\x00"])).map(b"".join)
    )
)
def test_readers_of_single_groups_raise_only_refusals(inner: bytes) -> None:
    for number, read in ((13, lds.read_texts), (14, lds.read_active_hash), (15, lds.read_active_key)):
        encoded = _wrapped(lds.TAGS[number], inner)
        try:
            read(encoded)
        except ChipRefused as refusal:
            assert refusal.status == 422  # noqa: PT017 - reading it is allowed too


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x30\x80" * 16_000,
        b"\x77\x84\x7f\xff\xff\xff",
        b"\x77\x82\x7d\x00" + b"\x30\x00" * 16_000,
        b"\x77\x82\x7d\x00" + b"\x06\x82\x7c\xfc" + b"\xff" * 31_996,
        b"\x77\x80" + bytes(100),
        b"\x77\x00",
        b"\x77",
        b"",
    ],
)
def test_giant_and_empty_inputs_are_refused_soon(hostile: bytes, chips: list[SpecimenChip], trust: TrustStore) -> None:
    started = time.process_time()
    with pytest.raises(ChipRefused):
        verify_passive(chips[0].data_groups, hostile, trust, clock.now().date())
    assert time.process_time() - started < 2.0  # an input that grows worse than linearly takes minutes


def test_deep_nesting_is_refused_soon(trust: TrustStore, chips: list[SpecimenChip]) -> None:
    nested = b""
    for _ in range(5_000):
        nested = _wrapped(0x30, nested)
    started = time.process_time()
    with pytest.raises(ChipRefused):
        verify_passive(chips[0].data_groups, _wrapped(0x77, nested), trust, clock.now().date())
    assert lds.read_texts(_wrapped(0x6D, nested)) == ()
    with pytest.raises(DataGroupMalformed):
        lds.read_active_hash(_wrapped(0x6E, nested))
    assert time.process_time() - started < 2.0


def test_der_is_read_strictly() -> None:
    der.require_der(b"\x30\x03\x02\x01\x05")
    assert der.read_one(b"\x61\x81\x01\x05", 0x61) == b"\x05"
    for hostile in (
        b"\x30\x04\x02\x01\x05",
        b"\x30\x81\x03\x02\x01\x05",
        b"\x30\x82\x00\x03\x02\x01\x05",
        b"\x30\x80\x02\x01\x05\x00\x00",
        b"\x1f\x81\x01\x00",
    ):
        with pytest.raises(der.MalformedError):
            der.require_der(hostile)
    with pytest.raises(der.TrailingError):
        der.require_der(b"\x30\x00\x00")


def _wrapped(tag: int, value: bytes) -> bytes:
    size = len(value)
    length = (
        bytes([size])
        if size < 0x80
        else b"\x83" + size.to_bytes(3, "big")
        if size > 0xFFFF
        else b"\x82" + size.to_bytes(2, "big")
        if size > 0xFF
        else b"\x81" + bytes([size])
    )
    return bytes([tag]) + length + value
