"""Leaves a failing backend alone for a while, as a value: the hub keeps it where it likes, and losing it means closed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final


class Position(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """Opens after `failures` in a row within `within`; after `rest` one call probes; a failed probe doubles the rest, up to `longest`."""

    failures: int = 5
    within: timedelta = timedelta(seconds=60)
    rest: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=5)


DEFAULT: Final = BreakerPolicy()


@dataclass(frozen=True, slots=True)
class Breaker:
    """`since` is when the present position, or the present run of failures, began; `trips` counts how often it opened in a row."""

    position: Position = Position.CLOSED
    failures: int = 0
    trips: int = 0
    since: datetime | None = None

    def ask(self, now: datetime, policy: BreakerPolicy = DEFAULT) -> tuple["Breaker", bool]:
        """Whether a call may go out now, and the breaker after asking: the first call after the rest is the one probe.

        A probe that never reports back is forgotten after another rest.
        """
        if self.position is Position.CLOSED or self.since is None:
            return self, True
        if now - self.since < self._rest(policy):
            return self, False
        return replace(self, position=Position.HALF_OPEN, since=now), True

    def on_result(self, *, ok: bool, now: datetime, policy: BreakerPolicy = DEFAULT) -> "Breaker":
        """The breaker after a call came back: any answer below 500 is ok; timeouts and refused connections are not."""
        if ok:
            return CLOSED if self.position is not Position.OPEN else self
        if self.position is Position.HALF_OPEN:
            return Breaker(Position.OPEN, self.failures, self.trips + 1, now)
        if self.position is Position.OPEN:
            return self
        fresh = self.since is None or now - self.since > policy.within
        counted = 1 if fresh else self.failures + 1
        if counted >= policy.failures:
            return Breaker(Position.OPEN, counted, 1, now)
        return Breaker(Position.CLOSED, counted, 0, now if fresh else self.since)

    def retry_in(self, now: datetime, policy: BreakerPolicy = DEFAULT) -> int:
        """Seconds until the next probe; zero when calls may go out."""
        if self.position is Position.CLOSED or self.since is None:
            return 0
        return max(0, round((self._rest(policy) - (now - self.since)).total_seconds()))

    def pack(self) -> str:
        """A short text to keep, read back by `unpack`."""
        since = "" if self.since is None else str(self.since.timestamp())
        return f"{self.position}|{self.failures}|{self.trips}|{since}"

    def _rest(self, policy: BreakerPolicy) -> timedelta:
        doublings = min(max(self.trips - 1, 0), 20)
        return min(policy.rest * (1 << doublings), policy.longest)


CLOSED: Final = Breaker()


def unpack(text: str | None) -> Breaker:
    """The breaker that was packed; anything unreadable is a closed one, for lost state must not stop a service."""
    try:
        position, failures, trips, since = (text or "").split("|")
        return Breaker(Position(position), int(failures), int(trips), datetime.fromtimestamp(float(since), UTC) if since else None)
    except (ValueError, OverflowError, OSError):
        return CLOSED
