"""When an answer is due: the rules of counting time, in one place."""

import calendar as months
from datetime import UTC, date, datetime, time, timedelta

from hanoismart.worktime.calendar import HANOI, WorkingCalendar
from hanoismart.worktime.durations import Duration, Unit


def due(received_at: datetime, duration: Duration, *, calendar: WorkingCalendar, cutoff: time | None = None) -> datetime:
    """The legal end of a period, as an aware UTC datetime.

    The day of receipt is not counted (Civil Code 2015, Art. 147) and a last day off moves to the next working day (Art. 148). Periods
    of days and months end when the office closes. With a `cutoff` (local time), what arrives after it, or on a day off, counts as
    received when the office next opens. `hour` runs through nights and days off, `working_hour` only through office time.
    Raises ValueError for a naive `received_at` and CalendarNotCovered for years the calendar does not know.
    """
    if received_at.tzinfo is None:
        raise ValueError("a deadline is counted from an aware datetime")
    start = _effective(received_at.astimezone(HANOI), cutoff, calendar)
    match duration.unit:
        case Unit.HOUR:
            end = start.astimezone(UTC) + timedelta(hours=duration.value)
        case Unit.WORKING_HOUR:
            end = calendar.add_working_time(start, timedelta(hours=duration.value))
        case Unit.WORKING_DAY:
            end = calendar.closing(calendar.add_working_days(start.date(), duration.value))
        case Unit.CALENDAR_DAY:
            end = calendar.closing(calendar.on_or_after(start.date() + timedelta(days=duration.value)))
        case Unit.MONTH:
            end = calendar.closing(calendar.on_or_after(_months_later(start.date(), duration.value)))
    return end.astimezone(UTC)


def _effective(local: datetime, cutoff: time | None, calendar: WorkingCalendar) -> datetime:
    if cutoff is None or (calendar.is_working_day(local.date()) and local.time() <= cutoff):
        return local
    return calendar.opening(calendar.on_or_after(local.date() + timedelta(days=1)))


def _months_later(day: date, count: int) -> date:
    """The same day so many months on, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
