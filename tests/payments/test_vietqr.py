"""VietQR to the letter of the standard."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.fakes.bank import read
from payments.vietqr import VietQR, VietQRInvalid, ascii_fold, build, checksum, parse

STANDARD = {
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F": VietQR("970403", "0011012345678"),
    "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52": VietQR(
        "970403", "9704031101234567", card=True
    ),
    (
        "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
        "62340107NPS68690819thanh toan don hang63042E2E"
    ): VietQR("970403", "0011012345678", amount=180_000, bill="NPS6869", purpose="thanh toan don hang"),
}


@pytest.mark.parametrize("text", list(STANDARD))
def test_the_standards_own_codes_are_written_and_read(text: str) -> None:
    assert build(STANDARD[text]) == text
    assert parse(text) == STANDARD[text]


def test_the_checksum_is_the_standards() -> None:
    assert checksum("123456789") == "29B1"


def test_vietnamese_is_folded_and_lengths_count_characters() -> None:
    assert ascii_fold("Đỗ xe Hoàn Kiếm – ₫ 🚗") == "Do xe Hoan Kiem   "
    code = build(VietQR("970403", "1", amount=1, purpose="Đỗ xe ở Hoàn Kiếm"))
    assert code.isascii()
    assert parse(code).purpose == "Do xe o Hoan Kiem"


_TEXT = st.text(string.ascii_letters + string.digits + " ", min_size=1, max_size=25).map(str.strip).filter(bool)
CODES = st.builds(
    VietQR,
    bank_bin=st.text(string.digits, min_size=6, max_size=6),
    account=st.text(string.digits + string.ascii_letters, min_size=1, max_size=19),
    card=st.booleans(),
    amount=st.none() | st.integers(1, 10**13 - 1),
    bill=st.none() | _TEXT,
    purpose=st.none() | _TEXT,
    name=st.none() | _TEXT,
    city=st.none() | _TEXT.map(lambda text: text[:15].strip()),
)


@given(CODES)
def test_what_is_written_is_read_by_us_and_by_another_reader(code: VietQR) -> None:
    text = build(code)
    assert parse(text) == code
    assert read(text) == {"account": code.account, "amount": str(code.amount or ""), "message": code.purpose or ""}


@given(CODES, st.data())
def test_one_altered_character_is_noticed(code: VietQR, data: st.DataObject) -> None:
    text = build(code)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits).filter(lambda letter: letter != text[place]))
    with pytest.raises(VietQRInvalid):
        parse(text[:place] + other + text[place + 1 :])


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    sealed = text + "6304"
    hostile = sealed + checksum(sealed) if sealed.isascii() else sealed
    with pytest.raises(VietQRInvalid):
        parse(hostile)


@pytest.mark.parametrize(
    "code",
    [
        VietQR("97040", "1"),
        VietQR("970403", ""),
        VietQR("970403", "1" * 20),
        VietQR("970403", "1", amount=0),
        VietQR("970403", "1", amount=10**13),
        VietQR("970403", "1", purpose="x" * 26),
        VietQR("970403", "1; DROP"),
    ],
)
def test_values_that_do_not_fit_are_refused(code: VietQR) -> None:
    with pytest.raises(VietQRInvalid):
        build(code)
