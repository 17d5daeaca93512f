"""The machine-readable zone: the standard's own specimens, dates, names and hostile lines."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.proofing.chip.mrz import DocumentKind, Mrz, PersonalNumberPlace, Sex, check_digit, parse
from identity.proofing.chip.personal_number import doubts
from identity.proofing.chip.refusals import MrzInvalid
from identity.proofing.specimen import SpecimenDocument

DAY = date(2026, 6, 1)
# ICAO 9303-4 appendix A and 9303-5 appendix A.
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
LONG_NUMBER = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"


def card(**changes: object) -> SpecimenDocument:
    fields: dict[str, object] = {
        "full_name": "Nguyễn Thị Lan",
        "personal_number": "001190000123",
        "birth_date": date(1990, 5, 4),
        "sex": Sex.FEMALE,
        "expires_on": date(2035, 5, 4),
    }
    return SpecimenDocument.cccd(**(fields | changes))  # type: ignore[arg-type]  # the fields are those of `cccd`


def test_the_standards_passport_is_read() -> None:
    mrz = parse(PASSPORT, on=DAY)
    assert (mrz.kind, mrz.issuer, mrz.number, mrz.nationality) == (DocumentKind.PASSPORT, "UTO", "L898902C3", "UTO")
    assert (mrz.surname, mrz.given_names, mrz.full_name) == ("ERIKSSON", "ANNA MARIA", "ERIKSSON ANNA MARIA")
    assert (mrz.birth_date, mrz.sex, mrz.expires_on) == (date(1974, 8, 12), Sex.FEMALE, date(2012, 4, 15))
    assert mrz.optional_1 == "ZE184226B"
    assert not mrz.is_cccd


def test_the_standards_card_is_read() -> None:
    mrz = parse(CARD, on=DAY)
    assert (mrz.kind, mrz.type_code, mrz.number) == (DocumentKind.IDENTITY_CARD, "I", "D23145890")
    assert mrz.personal_number() is None


def test_a_number_that_runs_on_into_the_optional_field_is_read_whole() -> None:
    assert parse(LONG_NUMBER, on=DAY).number == "D23145890734"
    made = parse(SpecimenDocument(**{**_fields(card()), "number": "D23145890734", "personal_number": ""}).mrz(), on=DAY)  # type: ignore[arg-type]  # the fields are those of the document
    assert made.number == "D23145890734"


def test_a_cccd_carries_its_twelve_digits() -> None:
    mrz = parse(card().mrz(), on=DAY)
    assert mrz.is_cccd
    assert mrz.personal_number() == "001190000123"
    assert mrz.number == "190000123"
    assert mrz.full_name == "NGUYEN THI LAN"


def test_the_place_of_the_personal_number_is_a_parameter() -> None:
    mrz = parse(card().mrz(), on=DAY)
    assert mrz.personal_number(PersonalNumberPlace(start=3, length=9)) == "190000123"
    assert mrz.personal_number(PersonalNumberPlace(optional="optional_2")) is None


def test_nothing_of_the_zone_is_printed() -> None:
    assert "LAN" not in repr(parse(card().mrz(), on=DAY))


@pytest.mark.parametrize(
    ("born", "on", "read"),
    [
        (date(1999, 12, 31), date(2026, 1, 1), date(1999, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1)),
        (date(1926, 1, 2), date(2026, 1, 1), date(1926, 1, 2)),
        (date(2000, 2, 29), date(2026, 1, 1), date(2000, 2, 29)),
    ],
)
def test_a_birth_year_is_the_latest_that_is_not_in_the_future(born: date, on: date, read: date) -> None:
    assert parse(card(birth_date=born).mrz(), on=on).birth_date == read


def test_an_unknown_day_of_birth_is_read_as_the_first_and_marked() -> None:
    zone = _with_birth("7408<<")
    mrz = parse(zone, on=DAY)
    assert mrz.birth_date == date(1974, 8, 1)
    assert not mrz.birth_date_complete


@pytest.mark.parametrize("birth", ["741312", "740832", "AB0812", "74081<"])
def test_an_impossible_date_is_refused(birth: str) -> None:
    with pytest.raises(MrzInvalid):
        parse(_with_birth(birth), on=DAY)


def test_a_card_without_end_date_expires_in_2099() -> None:
    assert parse(card(expires_on=date(2099, 12, 31)).mrz(), on=DAY).expires_on == date(2099, 12, 31)


@pytest.mark.parametrize("zone", ["", "P<UTO", PASSPORT.lower(), PASSPORT + "<", "V" + PASSPORT[1:], "X" + CARD[1:], "é" * 90])
def test_other_zones_are_refused(zone: str) -> None:
    with pytest.raises(MrzInvalid):
        parse(zone, on=DAY)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_every_single_digit_error_is_caught(data: st.DataObject) -> None:
    zone = PASSPORT.replace("\n", "")
    place = data.draw(st.sampled_from([*range(44, 53), *range(57, 63), *range(65, 71), *range(72, 86)]))
    if zone[place].isdigit():
        other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != zone[place]]))
        with pytest.raises(MrzInvalid):
            parse(zone[:place] + other + zone[place + 1 :], on=DAY)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text(max_size=100), st.text(alphabet="ABC012<I", min_size=90, max_size=90), st.text(alphabet="P0123<", min_size=88, max_size=88)
    )
)
def test_hostile_zones_raise_only_their_refusal(zone: str) -> None:
    try:
        assert isinstance(parse(zone, on=DAY), Mrz)
    except MrzInvalid as refusal:
        assert refusal.status == 422  # noqa: PT017 - reading it is allowed too


def test_a_matching_personal_number_leaves_no_doubt() -> None:
    assert doubts("001190000123", parse(card().mrz(), on=DAY)) == ()


@pytest.mark.parametrize(
    ("number", "doubt"),
    [
        ("001390000123", "personal_number_century"),
        ("001090000123", "personal_number_sex"),
        ("001191000123", "personal_number_birth_year"),
        ("00119000012", "personal_number_shape"),
        ("00119000012٣", "personal_number_shape"),
    ],
)
def test_a_number_that_says_otherwise_is_a_doubt(number: str, doubt: str) -> None:
    assert doubts(number, parse(card().mrz(), on=DAY)) == (doubt,)


def test_a_child_of_this_century_is_no_doubt() -> None:
    made = card(personal_number="001210000123", birth_date=date(2010, 1, 2), sex=Sex.MALE)
    assert doubts("001210000123", parse(made.mrz(), on=DAY)) == ()


def _fields(document: SpecimenDocument) -> dict[str, object]:
    return {name: getattr(document, name) for name in SpecimenDocument.__slots__}


def _with_birth(birth: str) -> str:
    first, second, third = CARD.split("\n")
    second = birth + check_digit(birth) + second[7:29]
    composite = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return first + second + composite + third


def test_an_older_card_of_two_lines_is_read_too() -> None:
    """The specimen of ICAO 9303-6 appendix A."""
    zone = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<" + "D231458907UTO7408122F1204159<<<<<<<6"
    read = parse(zone, on=date(2026, 1, 1))
    assert (read.kind, read.issuer, read.number, read.nationality) == ("identity_card", "UTO", "D23145890", "UTO")
    assert (read.surname, read.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (read.birth_date, read.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    for place in (39, 45, 50, 55, 58, 71):
        bent = zone[:place] + ("1" if zone[place] != "1" else "2") + zone[place + 1 :]
        with pytest.raises(MrzInvalid):
            parse(bent, on=date(2026, 1, 1))
