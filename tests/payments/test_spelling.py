"""Amounts in words, as Vietnamese says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.spelling import LARGEST, dong_en, dong_vi, english, vietnamese


@pytest.mark.parametrize(
    ("number", "vi", "en"),
    [
        (0, "không", "zero"),
        (5, "năm", "five"),
        (10, "mười", "ten"),
        (11, "mười một", "eleven"),
        (14, "mười bốn", "fourteen"),
        (15, "mười lăm", "fifteen"),
        (20, "hai mươi", "twenty"),
        (21, "hai mươi mốt", "twenty-one"),
        (24, "hai mươi tư", "twenty-four"),
        (25, "hai mươi lăm", "twenty-five"),
        (100, "một trăm", "one hundred"),
        (101, "một trăm linh một", "one hundred one"),
        (104, "một trăm linh bốn", "one hundred four"),
        (105, "một trăm linh năm", "one hundred five"),
        (110, "một trăm mười", "one hundred ten"),
        (555, "năm trăm năm mươi lăm", "five hundred fifty-five"),
        (1_000, "một nghìn", "one thousand"),
        (1_001, "một nghìn không trăm linh một", "one thousand one"),
        (10_015, "mười nghìn không trăm mười lăm", "ten thousand fifteen"),
        (25_000, "hai mươi lăm nghìn", "twenty-five thousand"),
        (180_000, "một trăm tám mươi nghìn", "one hundred eighty thousand"),
        (1_000_000, "một triệu", "one million"),
        (1_000_005, "một triệu không trăm linh năm", "one million five"),
        (1_234_567, "một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy", None),
        (10**9, "một tỷ", "one billion"),
        (10**9 + 1, "một tỷ không trăm linh một", "one billion one"),
        (2 * 10**12, "hai nghìn tỷ", "two trillion"),
    ],
)
def test_numbers_in_words(number: int, vi: str, en: str | None) -> None:
    assert vietnamese(number) == vi
    assert en is None or english(number) == en


def test_amounts_are_sentences() -> None:
    assert dong_vi(180_000) == "Một trăm tám mươi nghìn đồng"
    assert dong_en(180_000) == "One hundred eighty thousand dong"


@given(st.integers(0, LARGEST - 1), st.integers(0, LARGEST - 1))
def test_different_amounts_read_differently(one: int, other: int) -> None:
    assert (vietnamese(one) == vietnamese(other)) is (one == other)
    assert (english(one) == english(other)) is (one == other)
    assert "  " not in vietnamese(one)


@pytest.mark.parametrize("number", [-1, LARGEST])
def test_what_cannot_be_spelled_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="spelled"):
        vietnamese(number)
