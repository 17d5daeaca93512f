"""Takes what an ASGI app sends piece by piece and hands it on, never more than one piece ahead of the reader."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message

from hanoismart.gateway import Answer, CallFailed, ResponsePolicy
from hanoismart.gateway.response import EVENT_STREAM, media_type
from plugins.gateway.outside import IDLE_SECONDS


class Passing:
    """What the app sends: collected, or handed on piece by piece once the policy says so, never more than one piece ahead of the reader."""

    def __init__(self, policy: ResponsePolicy) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()
        self._policy = policy
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._kind = ""
        self._body = b""
        self._pieces: asyncio.Queue[bytes | CallFailed | None] | None = None
        self._ended: CallFailed | None = None
        self.task: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        if self.over.is_set():
            raise OSError("nobody listens")  # what a server raises when the client is gone (ASGI 2.4)
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ()))
            self._kind = next((value for name, value in self._headers if name.lower() == "content-type"), "")
        elif message["type"] == "http.response.body" and self._status is not None:
            await self._take(message.get("body", b""), more=message.get("more_body", False))

    async def _take(self, part: bytes, *, more: bool) -> None:
        if self._pieces is not None:
            if part:
                await self._pieces.put(bytes(part))
            if not more:
                await self._pieces.put(None)
            return
        self._body = self._body + part if self._body else bytes(part)
        if len(self._body) > self._policy.most and media_type(self._kind) != EVENT_STREAM:
            raise CallFailed(too_large=True)
        if not more:
            self._settle(Answer(status=self._status or 0, headers=self._headers, body=self._body))
            self.over.set()
        elif self._policy.passes_on(self._kind, len(self._body)):
            self._pieces = asyncio.Queue(maxsize=1)
            self._settle(Answer(status=self._status or 0, headers=self._headers, stream=self._stream(self._pieces, self._body)))

    def _settle(self, answer: Answer) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, failure: CallFailed) -> None:
        """The app ended: whoever still waits for an answer, or for the rest of one, is told."""
        if not self.answer.done():
            self.answer.set_exception(failure)
        elif self._pieces is not None and not self.over.is_set():
            self._ended = failure
            if self._pieces.empty():
                self._pieces.put_nowait(failure)

    async def _stream(self, pieces: "asyncio.Queue[bytes | CallFailed | None]", held: bytes) -> AsyncIterator[bytes]:
        most = None if media_type(self._kind) == EVENT_STREAM else self._policy.most
        total = len(held)
        try:
            if held:
                yield held
            while True:
                if pieces.empty() and self._ended is not None:
                    raise self._ended
                async with asyncio.timeout(IDLE_SECONDS):
                    piece = await pieces.get()
                if piece is None:
                    self.task = None  # what it does after its answer is its own affair
                    return
                if isinstance(piece, CallFailed):
                    raise piece
                total += len(piece)
                if most is not None and total > most:
                    raise CallFailed(too_large=True)
                yield piece
        except TimeoutError as slow:
            raise CallFailed(timed_out=True) from slow
        finally:
            self.over.set()
            if self.task is not None:
                self.task.cancel()
