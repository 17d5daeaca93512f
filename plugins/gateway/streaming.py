"""Passes a stream on to the page as it comes, and cuts it when the reader is gone, too slow, out of time or no longer allowed to read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Send

from hanoismart.gateway import Answer, CallFailed

SLOW_SECONDS: Final = 30.0
"""A reader who takes nothing for so long is let go, so that they hold no backend back."""
LIFE_SECONDS: Final = 900.0
"""So long a stream lives at most, and never longer than the token it was opened with; a reader opens the next one."""
LOOK_SECONDS: Final = 2.0
Still = Callable[[], Awaitable[bool]]


class Cut(Exception):
    """The stream ended before it was whole; the server closes the connection, so that the reader sees it."""


class Streams:
    """The streams under way in this process, by app, to look at those of an app at once when it changes."""

    def __init__(self) -> None:
        self._watching: dict[str, set[asyncio.Event]] = {}

    def look(self, app_id: str | None = None) -> None:
        """Ask each stream of an app again whether it may go on; of all apps where None."""
        for watched in [self._watching.get(app_id, set())] if app_id is not None else list(self._watching.values()):
            for event in watched:
                event.set()

    async def pass_on(self, app_id: str, answer: Answer, still: Still, life: float, receive: Receive, send: Send) -> None:
        """Send the answer's stream. Raises Cut."""
        assert answer.stream is not None  # noqa: S101 (the caller has looked)
        event = asyncio.Event()
        self._watching.setdefault(app_id, set()).add(event)
        pump = asyncio.create_task(_pump(answer.stream, send))
        ends = [asyncio.create_task(_reader_gone(receive)), asyncio.create_task(_forbidden(still, event, min(life, LIFE_SECONDS)))]
        try:
            await asyncio.wait([pump, *ends], return_when=asyncio.FIRST_COMPLETED)
            if not pump.done():
                raise Cut
            pump.result()
        except (CallFailed, TimeoutError, OSError) as broken:
            raise Cut from broken
        finally:
            await _ended([pump, *ends])
            await answer.stream.aclose()  # type: ignore[attr-defined]  # a generator, as the port promises
            self._watching[app_id].discard(event)
            if not self._watching[app_id]:
                del self._watching[app_id]


async def _pump(stream: AsyncIterator[bytes], send: Send) -> None:
    async for part in stream:
        async with asyncio.timeout(SLOW_SECONDS):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _reader_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _forbidden(still: Still, event: asyncio.Event, life: float) -> None:
    """Returns when the stream may not go on."""
    with suppress(TimeoutError):
        async with asyncio.timeout(life):
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), LOOK_SECONDS)
                event.clear()
                if not await still():
                    return


async def _ended(tasks: Iterable["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
