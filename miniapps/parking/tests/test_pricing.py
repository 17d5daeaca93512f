"""The price of a stay: the city's tariff by example, and the laws any tariff's price obeys."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart.worktime import HANOI
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.plates import PlateInvalid, normalise
from miniapps.parking.server.rates.models import LineKind
from miniapps.parking.server.rates.pricing import Collection, Line, Tariff, quote

CAR, BIKE = VehicleClass.CAR, VehicleClass.MOTORBIKE
SIX, EIGHTEEN = time(6), time(18)
CITY = Tariff(
    "hanoi-44-2017",
    1,
    (
        Collection(
            CAR,
            SIX,
            EIGHTEEN,
            (
                Line(LineKind.FLAT, 25_000),
                Line(LineKind.INCREMENTING, 25_000, 120, 240, 60),
                Line(LineKind.INCREMENTING, 35_000, 240, None, 60),
            ),
        ),
        Collection(CAR, EIGHTEEN, SIX, (Line(LineKind.INCREMENTING, 25_000, 0, None, 120),), most=150_000),
        Collection(BIKE, SIX, EIGHTEEN, (Line(LineKind.FLAT, 5_000),)),
        Collection(BIKE, EIGHTEEN, SIX, (Line(LineKind.FLAT, 8_000),)),
    ),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("vehicle", "start", "end", "amount"),
    [
        (CAR, "02T08:00", "02T08:00", 0),
        (CAR, "02T08:00", "02T08:01", 25_000),
        (CAR, "02T08:00", "02T10:00", 25_000),
        (CAR, "02T08:00", "02T10:01", 50_000),
        (CAR, "02T08:00", "02T12:00", 75_000),
        (CAR, "02T08:00", "02T13:00", 110_000),
        (CAR, "02T18:00", "03T06:00", 150_000),
        (CAR, "02T20:00", "02T21:00", 25_000),
        (CAR, "02T17:00", "02T19:00", 50_000),
        (CAR, "02T23:00", "03T01:00", 25_000),
        (BIKE, "02T08:00", "02T17:00", 5_000),
        (BIKE, "02T19:00", "02T23:00", 8_000),
        (BIKE, "02T08:00", "02T22:00", 13_000),
        (BIKE, "02T08:00", "04T08:00", 31_000),
    ],
)
def test_the_citys_tariff(vehicle: VehicleClass, start: str, end: str, amount: int) -> None:
    priced = quote(CITY, at(start), at(end), vehicle)
    assert priced.amount == amount
    assert sum(part.amount for part in priced.parts) == amount


BORDERS = [0, 6 * 60, 9 * 60 + 30, 18 * 60]
LINES = st.one_of(
    st.builds(Line, st.just(LineKind.FLAT), st.integers(0, 10**6), st.integers(0, 600)),
    st.builds(
        lambda value, start, length, increment: Line(
            LineKind.INCREMENTING, value, start, None if length is None else start + length, increment
        ),
        st.integers(0, 10**6),
        st.integers(0, 600),
        st.none() | st.integers(1, 600),
        st.integers(1, 240),
    ),
)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    borders = sorted(draw(st.sets(st.sampled_from(BORDERS), min_size=2)))
    windows = list(zip(borders, [*borders[1:], borders[0]], strict=True))
    return Tariff(
        "any",
        1,
        tuple(
            Collection(
                CAR,
                time(*divmod(start, 60)),
                time(*divmod(end, 60)),
                tuple(draw(st.lists(LINES, max_size=3))),
                draw(st.none() | st.integers(0, 10**6)),
            )
            for start, end in windows
        ),
    )


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 5), timezones=st.just(HANOI))  # noqa: DTZ001 (hypothesis adds the zone)
STAYS = st.timedeltas(timedelta(), timedelta(days=3))


@settings(deadline=None)
@given(tariffs(), MOMENTS, STAYS, STAYS)
def test_a_longer_stay_never_costs_less(tariff: Tariff, start: datetime, stay: timedelta, more: timedelta) -> None:
    shorter, longer = quote(tariff, start, start + stay, CAR), quote(tariff, start, start + stay + more, CAR)
    assert isinstance(shorter.amount, int)
    assert 0 <= shorter.amount <= longer.amount


@settings(deadline=None)
@given(tariffs(), MOMENTS, STAYS)
def test_a_stay_split_at_a_windows_border_costs_the_same(tariff: Tariff, start: datetime, stay: timedelta) -> None:
    whole = quote(tariff, start, start + stay, CAR)
    for part in whole.parts:
        split = quote(tariff, start, part.ends_at, CAR).amount + quote(tariff, part.ends_at, start + stay, CAR).amount
        assert split == whole.amount
    assert all(one.ends_at == two.starts_at for one, two in zip(whole.parts, whole.parts[1:], strict=False))


def test_a_tariff_with_a_gap_or_an_unknown_vehicle_is_refused() -> None:
    with pytest.raises(ValueError, match="gap"):
        Tariff("gap", 1, (Collection(CAR, SIX, EIGHTEEN, ()),))
    with pytest.raises(ValueError, match="overlap"):
        Tariff("overlap", 1, (Collection(CAR, SIX, EIGHTEEN, ()), Collection(CAR, time(17), SIX, ())))
    cars_only = Tariff("cars", 1, CITY.collections[:2])
    with pytest.raises(LookupError):
        quote(cars_only, at("02T08:00"), at("02T09:00"), BIKE)


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        ("29A-123.45", "29A12345"),
        ("30K-555.55", "30K55555"),
        ("29-B1 123.45", "29B112345"),
        ("29AA-123.45", "29AA12345"),
        ("29a12345", "29A12345"),
    ],
)
def test_plates_get_one_form(typed: str, plate: str) -> None:
    assert normalise(typed) == plate


@pytest.mark.parametrize("typed", ["", "ABC", "29A", "29A1234567", "29Đ-123.45", "2A-12345", "<script>"])
def test_what_is_no_plate_is_refused(typed: str) -> None:
    with pytest.raises(PlateInvalid):
        normalise(typed)
