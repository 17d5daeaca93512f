"""Deadlines after the Vietnamese calendar: the page's table, the rules one by one, and laws for any moment."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanoismart.worktime import (
    HANOI,
    CalendarNotCovered,
    ClockStateError,
    Duration,
    PausableClock,
    Session,
    Unit,
    WorkingCalendar,
    due,
    vietnam_days,
)

VN = WorkingCalendar.vietnam()
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(HANOI))  # noqa: DTZ001 - hypothesis adds the zone
DURATIONS = st.builds(Duration, st.integers(0, 40), st.sampled_from(Unit))


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("received", "days", "expected"),
    [
        (at("2026-02-10", "15:30"), 5, "2026-02-24"),
        (at("2026-08-21"), 1, "2026-08-22"),
        (at("2026-08-28"), 1, "2026-09-03"),
        (at("2025-04-29"), 1, "2025-05-05"),
    ],
)
def test_the_table_of_working_days(received: datetime, days: int, expected: str) -> None:
    assert due(received, Duration(days, Unit.WORKING_DAY), calendar=VN) == at(expected, "17:00")


@pytest.mark.parametrize(
    ("received", "duration", "expected"),
    [
        (at("2026-03-02"), Duration(5, Unit.CALENDAR_DAY), at("2026-03-09", "17:00")),  # 7 March is a Saturday
        (at("2026-01-31"), Duration(1, Unit.MONTH), at("2026-03-02", "17:00")),  # no 31 February; the 28th is a Saturday
        (at("2026-03-02", "11:00"), Duration(2, Unit.WORKING_HOUR), at("2026-03-02", "14:00")),
        (at("2026-03-06", "16:30"), Duration(1, Unit.WORKING_HOUR), at("2026-03-09", "08:30")),
        (at("2026-03-07", "10:00"), Duration(8, Unit.WORKING_HOUR), at("2026-03-09", "17:00")),
        (at("2026-03-06", "16:30"), Duration(24, Unit.HOUR), at("2026-03-07", "16:30")),
        (at("2026-03-02"), Duration(0, Unit.WORKING_DAY), at("2026-03-02", "17:00")),
    ],
)
def test_every_unit(received: datetime, duration: Duration, expected: datetime) -> None:
    result = due(received, duration, calendar=VN)
    assert result == expected
    assert result.tzinfo is UTC


@pytest.mark.parametrize(
    ("received", "days", "expected"),
    [
        (at("2026-03-02", "15:00"), 0, "2026-03-02"),
        (at("2026-03-02", "15:01"), 0, "2026-03-03"),
        (at("2026-03-06", "15:01"), 0, "2026-03-09"),
        (at("2026-03-08", "09:00"), 0, "2026-03-09"),
        (at("2026-03-02", "15:01"), 1, "2026-03-04"),
    ],
)
def test_the_same_day_rule_after_fifteen_hours(received: datetime, days: int, expected: str) -> None:
    assert due(received, Duration(days, Unit.WORKING_DAY), calendar=VN, cutoff=time(15)) == at(expected, "17:00")


def test_a_moment_in_utc_counts_on_its_hanoi_day() -> None:
    late_evening_before = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # 01:00 on Monday 2 March in Hanoi
    assert due(late_evening_before, Duration(1, Unit.WORKING_DAY), calendar=VN) == at("2026-03-03", "17:00")


def test_refusals() -> None:
    with pytest.raises(ValueError, match="aware"):
        due(datetime(2026, 1, 1), Duration(1, Unit.HOUR), calendar=VN)  # noqa: DTZ001 - the naive moment is the point
    with pytest.raises(CalendarNotCovered):
        due(at("2040-12-31"), Duration(5, Unit.WORKING_DAY), calendar=VN)
    with pytest.raises(ValueError, match="units"):
        Duration(-1, Unit.MONTH)
    with pytest.raises(ValueError, match="is not a valid Unit"):
        Duration(1, "")  # type: ignore[arg-type] # a missing unit is refused, not guessed
    with pytest.raises(ValueError, match="overlap"):
        WorkingCalendar("x", {}, 2026, 2026, sessions=(Session(time(8), time(12)), Session(time(11), time(17))))


def test_the_seed_knows_swaps_and_worked_saturdays() -> None:
    days = {one.day: one.working for one in vietnam_days([2024, 2025, 2026])}
    assert [day for day, working in days.items() if working] == [date(2024, 5, 4), date(2025, 4, 26), date(2026, 8, 22)]
    assert days[date(2026, 8, 31)] is False
    assert days[date(2026, 11, 24)] is False


def test_an_override_decides_a_day_under_a_new_version() -> None:
    other = VN.with_overrides({date(2026, 3, 3): False}, version="hanoi-2026-2")
    assert due(at("2026-03-02"), Duration(1, Unit.WORKING_DAY), calendar=other) == at("2026-03-04", "17:00")
    assert VN.is_working_day(date(2026, 3, 3))
    with pytest.raises(ValueError, match="version"):
        VN.with_overrides({}, version=VN.version)


@settings(deadline=None, max_examples=60)
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=20)), DURATIONS, st.sampled_from([None, time(15)]))
def test_a_later_receipt_is_never_due_earlier(moment: datetime, later: timedelta, duration: Duration, cutoff: time | None) -> None:
    first = due(moment, duration, calendar=VN, cutoff=cutoff)
    assert first <= due(moment + later, duration, calendar=VN, cutoff=cutoff)
    if duration.unit is not Unit.HOUR:
        assert VN.is_working_day(first.astimezone(HANOI).date())


@settings(deadline=None, max_examples=60)
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(hours=200)))
def test_added_office_time_is_found_again(moment: datetime, amount: timedelta) -> None:
    assert VN.working_time_between(moment, VN.add_working_time(moment, amount)) == amount


def test_a_clock_pauses_and_goes_on_where_it_stopped() -> None:
    clock = PausableClock.start(at("2026-03-02"), Duration(5, Unit.WORKING_DAY), calendar=VN)
    assert clock.due_at == at("2026-03-09", "17:00")
    paused = clock.pause(at("2026-03-04", "10:00"), calendar=VN)  # three working days left: 5, 6, 9
    assert not paused.is_overdue(at("2027-01-01"))
    resumed = paused.resume(at("2026-03-16", "14:00"), calendar=VN)
    assert resumed.due_at == at("2026-03-19", "17:00")
    assert resumed.remaining(at("2026-03-19", "16:00"), calendar=VN) == timedelta(hours=1)
    assert resumed.is_overdue(at("2026-03-19", "17:01"))


def test_working_hours_are_kept_to_the_second() -> None:
    clock = PausableClock.start(at("2026-03-02", "08:00"), Duration(8, Unit.WORKING_HOUR), calendar=VN)
    paused = clock.pause(at("2026-03-02", "11:30"), calendar=VN)
    assert paused.remaining(at("2026-05-01"), calendar=VN) == timedelta(hours=4, minutes=30)
    assert paused.resume(at("2026-03-03", "15:00"), calendar=VN).due_at == at("2026-03-04", "10:30")


def test_an_overdue_clock_stays_overdue_through_a_pause() -> None:
    clock = PausableClock.start(at("2026-03-02", "08:00"), Duration(1, Unit.WORKING_HOUR), calendar=VN)
    resumed = clock.pause(at("2026-03-02", "10:00"), calendar=VN).resume(at("2026-03-05", "10:00"), calendar=VN)
    assert resumed.due_at == clock.due_at
    assert resumed.remaining(at("2026-03-02", "10:00"), calendar=VN) == timedelta(hours=-1)


def test_a_clock_refuses_to_be_moved_out_of_turn() -> None:
    clock = PausableClock.start(at("2026-03-02"), Duration(1, Unit.CALENDAR_DAY), calendar=VN)
    with pytest.raises(ClockStateError, match="running"):
        clock.resume(at("2026-03-03"), calendar=VN)
    with pytest.raises(ClockStateError, match="back"):
        clock.pause(at("2026-03-01"), calendar=VN)
    with pytest.raises(ClockStateError, match="already"):
        clock.pause(at("2026-03-02"), calendar=VN).pause(at("2026-03-03"), calendar=VN)


@settings(deadline=None, max_examples=80)
@given(MOMENTS, DURATIONS, st.timedeltas(timedelta(), timedelta(days=30)), st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_pause_never_shortens_and_an_empty_one_changes_nothing(
    moment: datetime, duration: Duration, before: timedelta, length: timedelta
) -> None:
    clock = PausableClock.start(moment, duration, calendar=VN)
    paused = clock.pause(moment + before, calendar=VN)
    assert paused.resume(moment + before + length, calendar=VN).due_at >= clock.due_at
    instantly = paused.resume(moment + before, calendar=VN).due_at
    assert abs(instantly - clock.due_at) < timedelta(seconds=1)
