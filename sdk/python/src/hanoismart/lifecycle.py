"""What of the platform will go, and when: announced at least 180 days ahead, and named by `hs doctor` and by the hub's headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final

from hanoismart.worktime.calendar import HANOI

NOTICE: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """One bridge method or address that goes: announced on `since`, gone on `sunset`, replaced by `use`.

    Raises ValueError where the notice is shorter than 180 days.
    """

    since: date
    sunset: date
    use: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError("what goes is announced 180 days before")

    def headers(self) -> dict[str, str]:
        """Deprecation (RFC 9745) and Sunset (RFC 8594)."""
        ends = datetime.combine(self.sunset, time(), HANOI)
        since = datetime.combine(self.since, time(), HANOI)
        return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(ends.astimezone(UTC), usegmt=True)}


DEPRECATIONS: Final[Mapping[str, Deprecation]] = MappingProxyType({})
"""By bridge method. Nothing is going at present."""
