"""Answers that are passed on as they come: events and large files from both placements, and every way a stream ends early."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import select
from starlette.types import Receive, Scope, Send

from hanoismart.text import Text
from plugins.gateway import outside, passing, streaming
from plugins.gateway.models import PassageRow
from plugins.registry.changes import EVERYTHING, Changes
from plugins.registry.placement import Http
from plugins.rollout import service as rollout
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.sockets import listening

BACKEND = {"public": ["GET /parks"], "max_answer_bytes": 8 * 1024 * 1024, "timeout_ms": 500}
WANTS = {"Accept": "text/event-stream"}
URL = f"/v1/gw/{APP}/parks"
Told = Callable[[Send], Awaitable[None]]
PLACES = pytest.mark.parametrize("outside_process", [False, True], ids=["in process", "over http"])


class Teller:
    """A backend that answers with what the test says, in pieces."""

    def __init__(self, kind: str, told: Told) -> None:
        self.kind = kind
        self.told = told
        self.gone = asyncio.Event()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self.kind.encode())]})
        telling, gone = asyncio.ensure_future(self.told(send)), asyncio.ensure_future(receive())
        try:
            await asyncio.wait([telling, gone], return_when=asyncio.FIRST_COMPLETED)
            if telling.done() and not telling.exception():
                await send({"type": "http.response.body", "body": b""})
            elif telling.done():
                telling.result()
        finally:
            self.gone.set()
            telling.cancel()
            gone.cancel()
            await asyncio.gather(telling, gone, return_exceptions=True)


async def piece(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})


@asynccontextmanager
async def opened(hub: SmallHub, backend: Teller, *, outside_process: bool) -> AsyncIterator[httpx.AsyncClient]:
    """A client on a real socket of the hub, the backend behind its gateway."""
    hub.backends.apps[APP] = backend
    async with listening(backend) as inner, listening(hub.app) as outer:
        async with hub.database.transaction() as session:
            await installed(session, manifest(backend=BACKEND), Http(inner) if outside_process else None)
        async with httpx.AsyncClient(base_url=outer) as client:
            yield client


async def line(hub: SmallHub) -> tuple[int, str | None]:
    """The bytes and the code of the one passage, once it is written."""
    async with asyncio.timeout(5):
        while True:
            await hub.gateway.passages.flush()
            async with hub.database.session() as session:
                rows = list(await session.scalars(select(PassageRow)))
            if rows:
                return rows[0].received, rows[0].code
            await asyncio.sleep(0.05)


async def events(send: Send) -> None:
    number = 0
    while True:
        await piece(send, f"data: {number}\n\n".encode())
        number += 1
        await asyncio.sleep(0.05)


@PLACES
async def test_events_come_while_they_happen(hub: SmallHub, outside_process: bool) -> None:
    first = asyncio.Event()

    async def told(send: Send) -> None:
        await piece(send, b"data: 1\n\n")
        await asyncio.wait_for(first.wait(), 5)
        await asyncio.sleep(0.6)  # longer than the app's timeout, which is for the head
        await piece(send, b"data: 2\n\n")

    async with opened(hub, Teller("text/event-stream", told), outside_process=outside_process) as client:
        async with client.stream("GET", URL, headers=WANTS) as answer:
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
            assert (answer.headers["x-accel-buffering"], answer.headers["cache-control"]) == ("no", "no-store")
            assert answer.headers["ratelimit-policy"].startswith('"public"')
            parts = answer.aiter_bytes()
            assert await anext(parts) == b"data: 1\n\n"
            first.set()
            assert b"".join([part async for part in parts]) == b"data: 2\n\n"
        assert await line(hub) == (18, None)


@PLACES
async def test_a_large_file_passes_without_being_collected(hub: SmallHub, outside_process: bool) -> None:
    async def told(send: Send) -> None:
        for _ in range(6 * 16):
            await piece(send, b"x" * 65536)

    async with opened(hub, Teller("application/pdf", told), outside_process=outside_process) as client:
        answer = await client.get(URL)
        assert (answer.status_code, len(answer.content)) == (200, 6 * 1024 * 1024)
        assert await line(hub) == (6 * 1024 * 1024, None)


@PLACES
async def test_what_is_more_than_was_announced_is_cut(hub: SmallHub, outside_process: bool) -> None:
    async def told(send: Send) -> None:
        for _ in range(9 * 16):
            await piece(send, b"x" * 65536)

    async with opened(hub, Teller("application/pdf", told), outside_process=outside_process) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(URL)
        received, code = await line(hub)
        assert (received <= 8 * 1024 * 1024, code) == (True, "gateway.answer_too_large")


@PLACES
async def test_a_backend_that_falls_silent_or_over_is_cut(hub: SmallHub, outside_process: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(passing, "IDLE_SECONDS", 0.2)

    async def silent(send: Send) -> None:
        await piece(send, b"data: 1\n\n")
        await asyncio.sleep(3)

    async with opened(hub, Teller("text/event-stream", silent), outside_process=outside_process) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(URL, headers=WANTS)
        assert await line(hub) == (9, "gateway.backend_timeout")


async def test_a_crash_in_the_middle_cuts_the_answer(hub: SmallHub) -> None:
    async def falls(send: Send) -> None:
        await piece(send, b"data: 1\n\n")
        raise RuntimeError("the backend fell over")

    async with opened(hub, Teller("text/event-stream", falls), outside_process=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(URL, headers=WANTS)
        assert await line(hub) == (9, "gateway.backend_unreachable")


@PLACES
async def test_a_reader_who_goes_lets_the_backend_go(hub: SmallHub, outside_process: bool) -> None:
    backend = Teller("text/event-stream", events)
    async with opened(hub, backend, outside_process=outside_process) as client:
        async with client.stream("GET", URL, headers=WANTS) as answer:
            await anext(answer.aiter_bytes())
        received, code = await line(hub)
        assert (received > 0, code) == (True, "gateway.reader_gone")
        await asyncio.wait_for(backend.gone.wait(), 5)
        assert hub.gateway._rooms.of(APP).streams == 200


async def test_a_slow_reader_is_let_go(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SLOW_SECONDS", 0.3)

    async def told(send: Send) -> None:
        for _ in range(7 * 16):
            await piece(send, b"x" * 65536)

    async with opened(hub, Teller("application/pdf", told), outside_process=False) as client:
        host, port = str(client.base_url).removeprefix("http://").rstrip("/").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET {URL} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await writer.drain()
        received, code = await line(hub)
        assert (received < 7 * 1024 * 1024, code) == (True, "gateway.reader_gone")
        writer.close()
        assert reader


@PLACES
async def test_a_kill_switch_cuts_streams_and_stops_calls_within_a_second(hub: SmallHub, outside_process: bool) -> None:
    changes = Changes(hub.database)
    changes.on_change(lambda app_id: hub.gateway.forget(None if app_id == EVERYTHING else app_id))
    changes.start()
    try:
        async with opened(hub, Teller("text/event-stream", events), outside_process=outside_process) as client:
            async with client.stream("GET", URL, headers=WANTS) as answer:
                parts = answer.aiter_bytes()
                await anext(parts)
                async with hub.database.transaction() as session:
                    await rollout.kill(
                        session, app_id=APP, reason=Text(vi="Bảo trì", en="Maintenance"), actor="staff:test", method="gateway"
                    )
                with pytest.raises(httpx.RemoteProtocolError):
                    await asyncio.wait_for(_drained(parts), 1.0)
            refused = await client.get(URL, headers=WANTS | {"Accept-Language": "en"})
            assert (refused.status_code, refused.json()["code"]) == (403, "gateway.stopped")
            assert refused.json()["reason"] == {"vi": "Bảo trì", "en": "Maintenance"}
    finally:
        await changes.stop()


async def _drained(parts: AsyncIterator[bytes]) -> None:
    async for _ in parts:
        pass


async def test_a_stream_ends_with_its_time(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "LIFE_SECONDS", 0.3)
    async with opened(hub, Teller("text/event-stream", events), outside_process=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await asyncio.wait_for(client.get(URL, headers=WANTS), 3)


async def test_streams_have_room_of_their_own(hub: SmallHub) -> None:
    room = hub.gateway._rooms.of(APP)
    room.streams = 1
    async with opened(hub, Teller("text/event-stream", events), outside_process=False) as client:
        async with client.stream("GET", URL, headers=WANTS) as answer:
            await anext(answer.aiter_bytes())
            assert (await client.get(URL, headers=WANTS)).json()["code"] == "gateway.busy"
        assert (await line(hub))[1] in {"gateway.busy", "gateway.reader_gone"}
