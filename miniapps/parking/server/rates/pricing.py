"""The price of a stay: a pure function of tariff, interval and vehicle; never negative, never falling with time.

Every window of the day is priced by itself, so that a stay split at a window's border costs what it cost whole.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hanoismart.worktime import HANOI
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.rates.models import LineKind


@dataclass(frozen=True, slots=True)
class Line:
    """Minutes and whole đồng, as RateLineRow."""

    kind: LineKind
    value: int
    starts_after: int = 0
    ends_after: int | None = None
    increment: int | None = None

    def amount(self, seconds: float) -> int:
        """What the line adds to a stay of so many seconds."""
        beyond = seconds - self.starts_after * 60
        if beyond <= 0:
            return 0
        if self.kind is LineKind.FLAT:
            return self.value
        if self.ends_after is not None:
            beyond = min(beyond, (self.ends_after - self.starts_after) * 60)
        return math.ceil(beyond / ((self.increment or 1) * 60)) * self.value


@dataclass(frozen=True, slots=True)
class Collection:
    """The lines of one vehicle class in one window of the day."""

    vehicle_class: VehicleClass
    window_start: time
    window_end: time
    lines: tuple[Line, ...]
    most: int | None = None

    def covers(self, moment: time) -> bool:
        if self.window_start < self.window_end:
            return self.window_start <= moment < self.window_end
        return moment >= self.window_start or moment < self.window_end

    def closes_after(self, local: datetime) -> datetime:
        """The end of the window a local moment lies in."""
        end = datetime.combine(local.date(), self.window_end, HANOI)
        return end if end > local else end + timedelta(days=1)

    def amount(self, seconds: float) -> int:
        total = sum(line.amount(seconds) for line in self.lines)
        return total if self.most is None else min(total, self.most)


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of a tariff; raises ValueError where the windows of a vehicle class do not cover the day exactly once."""

    code: str
    version: int
    collections: tuple[Collection, ...]

    def __post_init__(self) -> None:
        for vehicle_class in {one.vehicle_class for one in self.collections}:
            windows = [one for one in self.collections if one.vehicle_class is vehicle_class]
            borders = {one.window_start for one in windows} | {one.window_end for one in windows}
            if any(sum(one.covers(border) for one in windows) != 1 for border in borders):
                raise ValueError(f"{self.code} {self.version}: the windows of {vehicle_class} leave a gap or overlap")

    def collection(self, vehicle_class: VehicleClass, moment: time) -> Collection:
        """Raises LookupError where the tariff has nothing for such a vehicle."""
        for one in self.collections:
            if one.vehicle_class is vehicle_class and one.covers(moment):
                return one
        raise LookupError(f"{self.code} {self.version} has no price for {vehicle_class}")


@dataclass(frozen=True, slots=True)
class Part:
    """What one window of a stay costs, in đồng."""

    starts_at: datetime
    ends_at: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A price and how it came about."""

    amount: int
    parts: tuple[Part, ...]


def quote(tariff: Tariff, starts_at: datetime, ends_at: datetime, vehicle_class: VehicleClass) -> Quote:
    """The price of [starts_at, ends_at); an empty stay costs nothing. Raises LookupError for a vehicle the tariff does not know."""
    parts = tuple(_parts(tariff, starts_at.astimezone(HANOI), ends_at.astimezone(HANOI), vehicle_class))
    return Quote(sum(part.amount for part in parts), parts)


def _parts(tariff: Tariff, start: datetime, end: datetime, vehicle_class: VehicleClass) -> Iterator[Part]:
    while start < end:
        collection = tariff.collection(vehicle_class, start.time())
        until = min(collection.closes_after(start), end)
        yield Part(start.astimezone(UTC), until.astimezone(UTC), collection.amount((until - start).total_seconds()))
        start = until
