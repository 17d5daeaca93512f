"""The one source of the present moment, so that tests and demos can decide what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar


class Clock(Protocol):
    """Tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        """Raises ValueError where `at` carries no time zone."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, delta: timedelta) -> datetime:
        """Moves the clock by `delta` and returns the new present."""
        self._at += delta
        return self._at


ClockT = TypeVar("ClockT", bound=Clock)

_current: Clock = SystemClock()


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return _current.now()


@contextmanager
def use(clock: ClockT) -> Iterator[ClockT]:
    """Makes `clock` the current one for the whole process until the block ends."""
    global _current  # noqa: PLW0603 - one process has one present: threads, jobs and requests must all see the replaced clock
    previous = _current
    _current = clock
    try:
        yield clock
    finally:
        _current = previous
