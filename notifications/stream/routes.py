"""`GET /v1/me/stream`: server-sent events that only point; the app reads the resource, and its policy is asked again."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Request
from fastapi.responses import StreamingResponse

from hanoismart.clock import now
from hanoismart.server.routing import Router
from kernel.access import CallerDep, Person
from notifications.stream.hub import BATCH, Listener, Signal, Streams

router = Router(tags=["notifications"])
_NUMBER = re.compile(r"[0-9]{1,18}")  # fits a bigint
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/v1/me/stream", audience=Person(), response_class=StreamingResponse, response_model=None)
async def stream(
    request: Request, caller: CallerDep, last_event_id: Annotated[str | None, Header(max_length=40)] = None
) -> StreamingResponse:
    """Events `{"type", "id"}` numbered by the inbox. `Last-Event-ID` resumes without a loss; `resync` means: read the inbox anew.

    The stream ends with the access token; the client comes back with a fresh one.
    """
    streams: Streams = request.scope["runtime"].parts["streams"]
    since = int(last_event_id) if last_event_id and _NUMBER.fullmatch(last_event_id) else None
    return StreamingResponse(_lines(streams, caller.person, since, caller.expires_at), media_type="text/event-stream", headers=_HEADERS)


async def _lines(streams: Streams, person_id: UUID, since: int | None, ends: datetime | None) -> AsyncIterator[bytes]:
    with streams.listening(person_id) as listener:
        seq = await streams.last(person_id) if since is None else since
        yield b"retry: 3000\n: welcome\n\n"
        if since is not None:
            listener.offer(Signal(seq + 1))  # whatever came while the line was down
        while True:
            signal = await _next(listener, streams.ping, ends)
            if listener.overflowed:
                yield _line(seq, "resync")
                return
            if signal is not None and signal.close:
                return
            if ends is not None and now() >= ends:
                return
            if signal is None:
                yield b": ping\n\n"
            elif signal.seq > seq:
                async for number, line in _news(streams, person_id, seq, signal):
                    yield line
                    seq = number


async def _next(listener: Listener, ping: float, ends: datetime | None) -> Signal | None:
    """The next signal, or None when a ping or the end of the token is due."""
    wait = ping if ends is None else min(ping, max((ends - now()).total_seconds(), 0))
    try:
        return await asyncio.wait_for(listener.queue.get(), wait)
    except TimeoutError:
        return None


async def _news(streams: Streams, person_id: UUID, seq: int, signal: Signal) -> AsyncIterator[tuple[int, bytes]]:
    """What stands between `seq` and the signal; without a question to the database when the signal is simply the next one."""
    if signal.id is not None and signal.seq == seq + 1:
        yield signal.seq, _line(signal.seq, "notification", signal.id)
        return
    found = await streams.after(person_id, seq) or []
    if len(found) == BATCH:
        newest = await streams.last(person_id)
        yield newest, _line(newest, "resync")
        return
    for number, notification_id in found:
        yield number, _line(number, "notification", notification_id)


def _line(seq: int, kind: str, notification_id: str = "") -> bytes:
    return f'id: {seq}\ndata: {{"type":"{kind}","id":"{notification_id}"}}\n\n'.encode()
