"""Gives each app room of its own: so many calls and streams at once, over connections no other app uses."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import aiohttp

from hanoismart.gateway import CallFailed
from kernel.outbound import guarded_session

SPARE = 10  # connections beyond the calls and streams, for those that are just being closed


class Room:
    """What one app has under way in this process. `calls` and `streams` count down to zero, where the next is refused."""

    def __init__(self, calls: int, streams: int, *, allow_inward: bool) -> None:
        self.calls = calls
        self.streams = streams
        self._connections = calls + streams + SPARE
        self._allow_inward = allow_inward
        self._session: aiohttp.ClientSession | None = None
        self._inside: set[asyncio.Task[None]] = set()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = guarded_session(allow_inward=self._allow_inward, connections=self._connections)
        return self._session

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task of a backend in this process, which may go on after its answer."""
        task = asyncio.create_task(work)
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        return task

    def open_stream(self) -> None:
        """Raises CallFailed where there is no room for another."""
        if self.streams <= 0:
            raise CallFailed(busy=True)
        self.streams -= 1

    async def close(self) -> None:
        for task in tuple(self._inside):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        if self._session is not None:
            await self._session.close()


class Rooms:
    """The rooms of one process, made when they are first asked for."""

    def __init__(self, *, calls: int, streams: int, allow_inward: bool) -> None:
        self._calls = calls
        self._streams = streams
        self._allow_inward = allow_inward
        self._rooms: dict[str, Room] = {}

    def of(self, app_id: str) -> Room:
        room = self._rooms.get(app_id)
        if room is None:
            room = self._rooms[app_id] = Room(self._calls, self._streams, allow_inward=self._allow_inward)
        return room

    async def close(self) -> None:
        for room in self._rooms.values():
            await room.close()
        self._rooms.clear()
