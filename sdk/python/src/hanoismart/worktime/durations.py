"""How long something may take: a number never travels without its unit."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a duration counts."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    WORKING_HOUR = "working_hour"
    HOUR = "hour"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of units; zero working days is the same-day rule. Half a working day is four working hours.

    Raises ValueError for a negative or unreasonable number, or an unknown unit: a missing unit is never guessed.
    """

    value: int
    unit: Unit

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", Unit(self.unit))
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not 0 <= self.value <= 10_000:
            raise ValueError("a duration counts between 0 and 10000 whole units")
