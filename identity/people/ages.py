"""What the law asks of somebody's age, told from the one date that is kept of a minor: the eighteenth birthday."""

from datetime import date
from enum import StrEnum

_MAJORITY = 18


class AgeBand(StrEnum):
    """Under 14 data needs the representative, under 16 a guardian registers the account, at 18 one is of age.

    Law 91/2025/QH15 Art. 24, Decree 147/2024/NĐ-CP Art. 23, Civil Code 2015 Art. 20 and 21.
    """

    UNDER_14 = "under_14"
    UNDER_16 = "under_16"
    UNDER_18 = "under_18"
    ADULT = "adult"


def birthday(birth_date: date, years: int) -> date:
    """The day on which somebody turns `years`; born on a 29 February, on 1 March of a common year."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)


def adult_on(birth_date: date, *, on: date) -> date | None:
    """The eighteenth birthday of a minor, None for an adult."""
    day = birthday(birth_date, _MAJORITY)
    return day if day > on else None


def band(adult_on: date | None, *, on: date) -> AgeBand:
    """Where somebody with this eighteenth birthday (None: of age) stands on a day."""
    if adult_on is None or adult_on <= on:
        return AgeBand.ADULT
    for years, found in ((4, AgeBand.UNDER_14), (2, AgeBand.UNDER_16)):
        if on < birthday(adult_on, -years):
            return found
    return AgeBand.UNDER_18
