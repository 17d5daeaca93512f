"""A deadline that stands still while somebody else must act, and goes on where it stopped."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hanoismart.worktime.calendar import HANOI, WorkingCalendar
from hanoismart.worktime.deadlines import due
from hanoismart.worktime.durations import Duration, Unit

_IN_OFFICE_TIME = (Unit.WORKING_DAY, Unit.WORKING_HOUR)


class ClockStateError(ValueError):
    """A clock was paused twice, resumed while running, or moved backwards."""


@dataclass(frozen=True, slots=True)
class PausableClock:
    """A running or paused deadline; every change gives a new value.

    `due_at` is the deadline as it stands (while paused: as it stood when the pause began). `left` counts days for day and month units
    and seconds for hour units, and is set only while paused. `changed_at` is the moment of the last change.
    """

    unit: Unit
    due_at: datetime
    changed_at: datetime
    paused_at: datetime | None = None
    left: int | None = None

    @classmethod
    def start(cls, received_at: datetime, duration: Duration, *, calendar: WorkingCalendar, cutoff: time | None = None) -> "PausableClock":
        """A clock that runs from receipt; raises what `due` raises."""
        return cls(duration.unit, due(received_at, duration, calendar=calendar, cutoff=cutoff), received_at)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def pause(self, at: datetime, *, calendar: WorkingCalendar) -> "PausableClock":
        """Stops the clock; raises ClockStateError if it is stopped already or `at` is before the last change."""
        self._check(at, paused=False)
        return replace(self, paused_at=at, changed_at=at, left=self._left(at, calendar))

    def resume(self, at: datetime, *, calendar: WorkingCalendar) -> "PausableClock":
        """Lets the clock run on with what was left; a deadline that had passed before the pause stays passed.

        Raises ClockStateError if it is running or `at` is before the last change.
        """
        self._check(at, paused=True)
        moved = self.due_at if self.paused_at is not None and self.paused_at > self.due_at else self._due_after(at, calendar)
        return replace(self, due_at=max(moved, self.due_at), paused_at=None, left=None, changed_at=at)

    def remaining(self, at: datetime, *, calendar: WorkingCalendar) -> timedelta:
        """Time left at a moment: office time for working units, elapsed time for the others; negative once overdue."""
        moment = self.paused_at or at
        if self.unit not in _IN_OFFICE_TIME:
            return self.due_at - moment
        if moment <= self.due_at:
            return calendar.working_time_between(moment, self.due_at)
        return -calendar.working_time_between(self.due_at, moment)

    def is_overdue(self, at: datetime) -> bool:
        """Whether the deadline has passed; a paused clock stays as it was."""
        return (self.paused_at or at) > self.due_at

    def _check(self, at: datetime, *, paused: bool) -> None:
        if self.is_paused is not paused:
            raise ClockStateError("the clock is paused already" if self.is_paused else "the clock is running")
        if at < self.changed_at:
            raise ClockStateError("a clock does not go back")

    def _left(self, at: datetime, calendar: WorkingCalendar) -> int:
        today, last = at.astimezone(HANOI).date(), self.due_at.astimezone(HANOI).date()
        match self.unit:
            case Unit.WORKING_DAY:
                return calendar.working_days_after(today, last)
            case Unit.CALENDAR_DAY | Unit.MONTH:
                return max((last - today).days, 0)
            case Unit.WORKING_HOUR:
                return int(calendar.working_time_between(at, self.due_at).total_seconds())
            case Unit.HOUR:
                return max(int((self.due_at - at).total_seconds()), 0)

    def _due_after(self, at: datetime, calendar: WorkingCalendar) -> datetime:
        left, today = self.left or 0, at.astimezone(HANOI).date()
        match self.unit:
            case Unit.WORKING_DAY:
                end = calendar.closing(calendar.add_working_days(today, left))
            case Unit.CALENDAR_DAY | Unit.MONTH:
                end = calendar.closing(calendar.on_or_after(today + timedelta(days=left)))
            case Unit.WORKING_HOUR:
                end = calendar.add_working_time(at, timedelta(seconds=left))
            case Unit.HOUR:
                end = at + timedelta(seconds=left)
        return end.astimezone(UTC)
