"""Which days and hours an office works, as a value with a version, so that a stored deadline can say what it was computed from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version as distribution_version
from types import MappingProxyType
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class CalendarNotCovered(LookupError):
    """A day lies outside the years this calendar knows, and guessing it would make up a deadline."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day that differs from the ordinary week, ready to be kept in a table."""

    day: date
    working: bool
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of working time in local time, start included, end excluded."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a session ends after it starts")


OFFICE_HOURS = (Session(time(8), time(12)), Session(time(13), time(17)))


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday, but for the exceptions; times of day are Hanoi's.

    `exceptions` maps a day to whether it is worked; `first_year` and `last_year` bound what is known.
    """

    version: str
    exceptions: Mapping[date, bool]
    first_year: int
    last_year: int
    sessions: tuple[Session, ...] = field(default=OFFICE_HOURS)

    def __post_init__(self) -> None:
        if not self.sessions or any(one.end > two.start for one, two in zip(self.sessions, self.sessions[1:], strict=False)):
            raise ValueError("a working day has at least one session and they do not overlap")
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))

    @classmethod
    def vietnam(cls, first_year: int = 2015, last_year: int = 2040) -> "WorkingCalendar":
        """The national calendar as the `holidays` package knows it; Tết of years not yet announced is a prediction."""
        days = {one.day: one.working for one in vietnam_days(range(first_year, last_year + 1))}
        return cls(f"vn-holidays-{distribution_version('holidays')}", days, first_year, last_year)

    def with_overrides(self, overrides: Mapping[date, bool], *, version: str) -> "WorkingCalendar":
        """The same calendar with some days decided otherwise, under a version of its own."""
        if version == self.version:
            raise ValueError("another calendar needs another version")
        return replace(self, version=version, exceptions={**self.exceptions, **overrides})

    def is_working_day(self, day: date) -> bool:
        """Raises CalendarNotCovered outside the known years."""
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarNotCovered(f"calendar {self.version} knows {self.first_year} to {self.last_year}, not {day.year}")
        return self.exceptions.get(day, day.weekday() < _SATURDAY)

    def on_or_after(self, day: date) -> date:
        """The day itself if it is worked, else the next one that is."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted; with zero, the first worked day from `day` on."""
        if count == 0:
            return self.on_or_after(day)
        for _ in range(count):
            day = self.on_or_after(day + _ONE_DAY)
        return day

    def working_days_after(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; zero where `end` is not later."""
        return sum(self.is_working_day(start + timedelta(days=step)) for step in range(1, (end - start).days + 1))

    def closing(self, day: date) -> datetime:
        """The last working moment of a day."""
        return datetime.combine(day, self.sessions[-1].end, HANOI)

    def opening(self, day: date) -> datetime:
        """The first working moment of a day."""
        return datetime.combine(day, self.sessions[0].start, HANOI)

    def add_working_time(self, at: datetime, amount: timedelta) -> datetime:
        """The moment when `amount` of office time has passed since `at`; with zero, `at` itself or the next opening."""
        for start, end in self._stretches(at):
            if amount < end - start or amount == end - start:
                return start + amount
            amount -= end - start
        raise CalendarNotCovered(f"calendar {self.version} ends before the time is used up")

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """The office time from `start` to `end`; zero where `end` is not later."""
        total = timedelta()
        if end <= start:
            return total
        for opens, closes in self._stretches(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _stretches(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The office hours from a moment on, without end; the first one cut to what is left of it."""
        local = at.astimezone(HANOI)
        day = local.date()
        while True:
            if self.is_working_day(day):
                for session in self.sessions:
                    start, end = datetime.combine(day, session.start, HANOI), datetime.combine(day, session.end, HANOI)
                    if end > local:
                        yield max(start, local), end
            day += _ONE_DAY


def vietnam_days(years: Iterable[int]) -> tuple[CalendarDay, ...]:
    """Public holidays, swaps and working Saturdays of the given years, in order, with their Vietnamese names."""
    return _vietnam_days(tuple(sorted(set(years))))


@lru_cache(maxsize=8)
def _vietnam_days(years: tuple[int, ...]) -> tuple[CalendarDay, ...]:
    from holidays import country_holidays  # takes a while to load, and few processes need it

    calendar = country_holidays("VN", years=years, language="vi")
    off = [CalendarDay(day, working=False, name=str(name)) for day, name in calendar.items()]
    wanted = set(years)
    worked = [CalendarDay(day, working=True, name="Ngày làm việc bù") for day in calendar.weekend_workdays if day.year in wanted]
    return tuple(sorted([*off, *worked], key=lambda one: one.day))
