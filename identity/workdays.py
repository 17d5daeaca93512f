"""The working calendar the hub's own clocks run by: the nation's, Tết included, with the days an office of ours decides otherwise."""

from functools import lru_cache

from hanoismart.worktime import WorkingCalendar


@lru_cache(maxsize=1)
def calendar() -> WorkingCalendar:
    """The calendar; its `version` is kept beside every deadline that must be explained later."""
    return WorkingCalendar.vietnam()
