"""Calls the backend of one app where it stands, within its room and its time; the same words over HTTP and in this process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from hanoismart.gateway import Answer, CallFailed, Forward, ResponsePolicy
from plugins.gateway.inside import in_process
from plugins.gateway.outside import over_http
from plugins.gateway.rooms import Room
from plugins.ports import InProcessBackends
from plugins.registry.live import LiveApp
from plugins.registry.models import PlacementKind


class Calling:
    """The backend of one app, for one call."""

    __slots__ = ("_app", "_inner", "_room")

    def __init__(self, app: LiveApp, room: Room, inner: InProcessBackends) -> None:
        self._app = app
        self._room = room
        self._inner = inner

    async def call(self, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
        """Raises CallFailed."""
        room = self._room
        if room.calls <= 0:
            raise CallFailed(busy=True)
        room.calls -= 1
        try:
            async with asyncio.timeout(forward.timeout):
                if self._app.placement is PlacementKind.IN_PROCESS:
                    answer = await in_process(room, self._inner.app(self._app.app_id), forward, assertion, body, policy)
                else:
                    answer = await over_http(room.session, self._app.address, forward, assertion, body, policy)
        except TimeoutError as slow:
            raise CallFailed(timed_out=True) from slow
        finally:
            room.calls += 1
        return answer if answer.stream is None else replace(answer, stream=await self._roomy(answer.stream))

    async def _roomy(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            self._room.open_stream()
        except CallFailed:
            await stream.aclose()  # type: ignore[attr-defined]  # both placements answer with generators
            raise
        return _counted(self._room, stream)


class _counted:  # noqa: N801 (used like the generator it wraps)
    """The same bytes; the place is free again when the stream is closed, also where nobody ever read of it."""

    def __init__(self, room: Room, stream: AsyncIterator[bytes]) -> None:
        self._room: Room | None = room
        self._stream = stream

    def __aiter__(self) -> "_counted":
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._stream)

    async def aclose(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.streams += 1
            await self._stream.aclose()  # type: ignore[attr-defined]  # both placements answer with generators
