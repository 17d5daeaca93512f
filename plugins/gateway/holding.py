"""Holds answers of the database for two seconds, so that a call costs no query and a withdrawal still counts within five."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
SECONDS = 2.0


class Held(Generic[Key, Value]):
    """At most `most` values, each asked for again when it is older than `seconds`; equal questions at once are asked once."""

    def __init__(self, ask: Callable[[Key], Awaitable[Value]], *, seconds: float = SECONDS, most: int = 10_000) -> None:
        self._ask = ask
        self._seconds = seconds
        self._most = most
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[Value]] = {}
        self._forgotten = 0

    def now(self, key: Key) -> Value | None:
        """The value where one is held, without waiting."""
        held = self._values.get(key)
        return held[1] if held is not None and monotonic() - held[0] < self._seconds else None

    async def get(self, key: Key) -> Value:
        """The value, at most `seconds` old. Raises what asking raises."""
        held = self._values.get(key)
        if held is not None and monotonic() - held[0] < self._seconds:
            return held[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(self._fetch(key))
            task.add_done_callback(lambda _done: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _fetch(self, key: Key) -> Value:
        started, forgotten = monotonic(), self._forgotten  # a change while the question is under way must not be held longer for it
        value = await self._ask(key)
        if forgotten != self._forgotten:
            return value  # somebody said meanwhile that it changed
        self._values[key] = (started, value)
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value

    def forget(self, key: Key | None = None) -> None:
        """Ask again for one key, or for everything."""
        self._forgotten += 1
        if key is None:
            self._values.clear()
        else:
            self._values.pop(key, None)
