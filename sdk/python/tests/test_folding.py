"""The two search copies: the page's examples, and the laws they must obey for any text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hanoismart.folding import fold, search_copy

VIETNAMESE = st.text(
    alphabet=st.one_of(st.sampled_from("qouaeyhtkđðĐÐ àáảãạòóỏõọùúủũụèéẻẽẹỳýỷỹỵâêôơưăn\u0300\u0301\u0309\u0303\u0323"), st.characters())
)


@pytest.mark.parametrize(
    ("text", "searched", "folded"),
    [
        ("ĐƯỜNG Nguyễn Trãi, khoẻ", "đường nguyễn trãi, khỏe", "duong nguyen trai, khoe"),
        ("hoà", "hòa", "hoa"),
        ("hòa", "hòa", "hoa"),
        ("THUÝ", "thúy", "thuy"),
        ("thúy", "thúy", "thuy"),
        ("uỷ ban", "ủy ban", "uy ban"),
        ("quý", "quý", "quy"),
        ("Quỳnh", "quỳnh", "quynh"),
        ("khuỷu", "khuỷu", "khuyu"),
        ("hoàn toàn", "hoàn toàn", "hoan toan"),
        ("toà nhà", "tòa nhà", "toa nha"),
        ("Ðống Đa, ðường", "đống đa, đường", "dong da, duong"),
        ("loà_xoà", "lòa_xòa", "loa_xoa"),
    ],
)
def test_examples(text: str, searched: str, folded: str) -> None:
    assert search_copy(text) == searched
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@given(VIETNAMESE)
@example("oa\u0301\u0300")
@example("İSTANBUL ΟΔΟΣ")
def test_both_copies_are_idempotent_and_agree(text: str) -> None:
    searched = search_copy(text)
    assert search_copy(searched) == searched
    assert fold(searched) == fold(text)
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_decomposed_input_gives_the_same_copies(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert search_copy(unicodedata.normalize(form, text)) == search_copy(text)
        assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(VIETNAMESE)
def test_a_folded_copy_has_no_marks_left(text: str) -> None:
    assert not any(unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", fold(text)))
    assert not {"đ", "ð"} & set(fold(text))
