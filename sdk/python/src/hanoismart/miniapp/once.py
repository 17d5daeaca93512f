"""What counts once (a webhook's id, a launch token) must be remembered somewhere; this is the port, and a memory for one process."""

from collections import OrderedDict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from hanoismart import clock

LEASE: Final = timedelta(seconds=60)
"""How long somebody who began may be at work before another may begin."""
KEPT: Final = timedelta(days=7)
"""Longer than the hub repeats a webhook (about four days)."""
_MOST: Final = 100_000


class Taken(StrEnum):
    """Whether a key is yours to act on."""

    YOURS = "yours"
    BUSY = "busy"
    DONE = "done"


class Once(Protocol):
    """Remembers keys across all processes of a backend. Decide by one atomic statement, never by a read and a later write."""

    async def take(self, key: str) -> Taken:
        """Begin: `yours` for the first who asks, `done` after `finish`, `busy` between, `yours` again once the lease ran out."""
        ...

    async def finish(self, key: str) -> None:
        """What the key stands for is done, for good."""
        ...

    async def release(self, key: str) -> None:
        """It was not done: the next who asks may begin."""
        ...


class MemoryOnce:
    """For one process, and gone with it: right for tests and development, wrong for two workers."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[datetime, bool]] = OrderedDict()

    async def take(self, key: str) -> Taken:
        now = clock.now()
        held = self._held.get(key)
        if held is not None and held[1] and now - held[0] < KEPT:
            return Taken.DONE
        if held is not None and not held[1] and now - held[0] < LEASE:
            return Taken.BUSY
        self._held[key] = (now, False)
        self._held.move_to_end(key)
        if len(self._held) > _MOST:
            self._held.popitem(last=False)
        return Taken.YOURS

    async def finish(self, key: str) -> None:
        self._held[key] = (clock.now(), True)

    async def release(self, key: str) -> None:
        self._held.pop(key, None)
