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

    `addresses` of the hub go with a method, each as its OpenAPI document writes it: `GET /v1/miniapps/{app_id}/storage`.
    Raises ValueError where the notice is shorter than 180 days.
    """

    since: date
    sunset: date
    use: str
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError("what goes is announced 180 days before")

    def headers(self) -> dict[str, str]:
        """Deprecation (RFC 9745) and Sunset (RFC 8594)."""
        ends = datetime.combine(self.sunset, time(), HANOI)
        since = datetime.combine(self.since, time(), HANOI)
        return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(ends.astimezone(UTC), usegmt=True)}


DEPRECATIONS: Final[Mapping[str, Deprecation]] = MappingProxyType({})
"""By bridge method, or by an address of the hub. Nothing is going at present."""


def headers_of(method: str, path: str) -> dict[str, str]:
    """What the hub says with every answer of an address, where some row says that it goes; `path` with its parameters in braces."""
    address = f"{method} {path}"
    dying = [row for name, row in DEPRECATIONS.items() if address == name or address in row.addresses]
    return min(dying, key=lambda row: row.sunset).headers() if dying else {}
