"""Working days, legal deadlines and clocks that pause: how long an office may take."""

from hanoismart.worktime.calendar import HANOI, CalendarDay, CalendarNotCovered, Session, WorkingCalendar, vietnam_days
from hanoismart.worktime.deadlines import due
from hanoismart.worktime.durations import Duration, Unit
from hanoismart.worktime.pausing import ClockStateError, PausableClock

__all__ = [
    "HANOI",
    "CalendarDay",
    "CalendarNotCovered",
    "ClockStateError",
    "Duration",
    "PausableClock",
    "Session",
    "Unit",
    "WorkingCalendar",
    "due",
    "vietnam_days",
]
