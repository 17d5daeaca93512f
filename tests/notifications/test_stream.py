"""The live stream loses nothing: not with Redis gone, not over a broken line, not behind a slow screen."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import pytest_asyncio

from app.demo.fakes.serving import serving
from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.text import Text
from kernel.cache import Cache
from kernel.embedded import binaries
from kernel.embedded.os_user import servers_user
from kernel.embedded.valkey import Valkey
from notifications.api import Category, Template, notify, register
from notifications.api.streams import close_streams
from notifications.routers import ROUTERS
from notifications.stream.hub import MOST_PER_PERSON, QUEUE, Signal, Streams
from tests.support.services import acting, service
from tests.support.work import run_jobs

NEWS = register(Template("tests.news", Category.SERVICES, Text("Tin {number}", "News {number}"), Text("", "")))
SOON = 10.0


class Screen:
    """A client of the stream that keeps what it was told."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[int, str, str]:
        """Number, type and id of the next event; comments are passed over."""
        number = -1
        async with asyncio.timeout(SOON):
            async for line in self._lines:
                if line.startswith("id: "):
                    number = int(line.removeprefix("id: "))
                elif line.startswith("data: "):
                    said = orjson.loads(line.removeprefix("data: "))
                    return number, said["type"], said["id"]
        raise EOFError

    async def comment(self) -> str:
        async with asyncio.timeout(SOON):
            async for line in self._lines:
                if line.startswith(": "):
                    return line
        raise EOFError

    async def ended(self) -> bool:
        async with asyncio.timeout(SOON):
            async for line in self._lines:
                assert not line.startswith("data: "), line
        return True


@contextlib.asynccontextmanager
async def watching(url: str, headers: dict[str, str]) -> AsyncIterator[Screen]:
    async with httpx.AsyncClient(timeout=SOON) as client, client.stream("GET", f"{url}/v1/me/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        screen = Screen(answer.aiter_lines())
        await screen.comment()
        yield screen


async def tell(database: Database, cache: Cache | None, person: UUID, *numbers: int) -> list[str]:
    told = []
    for number in numbers:
        async with database.transaction() as session:
            told.append(str(await notify(session, person, NEWS.key, {"number": number}, dedupe=str(number))))
        await run_jobs(database, "notifications.announce", cache=cache)
    return told


@pytest_asyncio.fixture
async def cache(redis_url: str) -> AsyncIterator[Cache]:
    opened = Cache(redis_url)
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def hub(
    database: Database, cache: Cache, *, ping: float = 25, healthy: float = 60, away: float = 0.1
) -> AsyncIterator[tuple[str, Streams]]:
    streams = Streams(database, cache, ping=ping, healthy=healthy, away=away)
    async with serving(service(ROUTERS, database, streams=streams)) as url:
        try:
            yield url, streams
        finally:
            await streams.close()


async def test_a_message_is_pointed_at_as_soon_as_it_is_committed(committed_db: Database, cache: Cache) -> None:
    lan, minh = uuid4(), uuid4()
    async with hub(committed_db, cache) as (url, _), watching(url, acting(lan)) as screen, watching(url, acting(lan)) as second:
        await tell(committed_db, cache, minh, 1)
        told = await tell(committed_db, cache, lan, 1, 2)
        for open_screen in (screen, second):
            assert await open_screen.next() == (1, "notification", told[0])
            assert await open_screen.next() == (2, "notification", told[1])


async def test_a_broken_line_resumes_without_a_loss(committed_db: Database, cache: Cache) -> None:
    lan = uuid4()
    async with hub(committed_db, cache) as (url, _):
        async with watching(url, acting(lan)) as screen:
            [first] = await tell(committed_db, cache, lan, 1)
            assert await screen.next() == (1, "notification", first)
        missed = await tell(committed_db, cache, lan, 2, 3)
        async with watching(url, acting(lan) | {"last-event-id": "1"}) as screen:
            [fresh] = await tell(committed_db, cache, lan, 4)
            expected = [(number, "notification", told) for number, told in enumerate([*missed, fresh], 2)]
            assert [await screen.next() for _ in expected] == expected


async def test_a_screen_that_was_away_for_too_long_reads_the_inbox_anew(committed_db: Database, cache: Cache) -> None:
    lan = uuid4()
    async with committed_db.transaction() as session:
        for number in range(205):
            await notify(session, lan, NEWS.key, {"number": number}, dedupe=str(number))
    async with hub(committed_db, cache) as (url, _), watching(url, acting(lan) | {"last-event-id": "0"}) as screen:
        assert await screen.next() == (205, "resync", "")


async def test_a_lost_announcement_only_delays(committed_db: Database, cache: Cache) -> None:
    lan = uuid4()
    async with hub(committed_db, cache, healthy=0.2) as (url, _), watching(url, acting(lan)) as screen:
        [told] = await tell(committed_db, None, lan, 1)
        assert await screen.next() == (1, "notification", told)


async def test_redis_may_go_and_come_back_under_an_open_stream(committed_db: Database, servers_root: Path) -> None:
    lan, user = uuid4(), servers_user()
    folder = servers_root / f"redis-{uuid4().hex[:8]}"
    user.make_folder(folder)
    server = Valkey(binaries.find(servers_root / ".data", user).valkey, folder, user)
    server.launch()
    server.wait()
    cache = Cache(server.url)
    try:
        async with hub(committed_db, cache) as (url, streams), watching(url, acting(lan)) as screen:
            [told] = await tell(committed_db, cache, lan, 1)
            assert await screen.next() == (1, "notification", told)
            await asyncio.to_thread(server.stop)
            [told] = await tell(committed_db, cache, lan, 2)
            assert await screen.next() == (2, "notification", told)
            server.launch()
            await asyncio.to_thread(server.wait)
            async with asyncio.timeout(SOON):
                while not streams.connected:  # noqa: ASYNC110 (the hub has no event for tests to wait on)
                    await asyncio.sleep(0.02)
            [told] = await tell(committed_db, cache, lan, 3)
            assert await screen.next() == (3, "notification", told)
    finally:
        await cache.close()
        await asyncio.to_thread(server.stop)


async def test_a_quiet_line_is_kept_open_by_comments(committed_db: Database, cache: Cache) -> None:
    async with hub(committed_db, cache, ping=0.05) as (url, _), watching(url, acting(uuid4())) as screen:
        assert await screen.comment() == ": ping"
        assert await screen.comment() == ": ping"


async def test_the_stream_ends_with_the_token(committed_db: Database, cache: Cache) -> None:
    headers = acting(uuid4(), ends=now() + timedelta(seconds=0.4))
    async with hub(committed_db, cache) as (url, _), watching(url, headers) as screen:
        assert await screen.ended()


async def test_the_stream_ends_with_the_sessions_of_its_person_only(committed_db: Database, cache: Cache) -> None:
    lan, minh = uuid4(), uuid4()
    async with hub(committed_db, cache) as (url, _), watching(url, acting(lan)) as screen, watching(url, acting(minh)) as other:
        await close_streams(cache, lan)
        assert await screen.ended()
        [told] = await tell(committed_db, cache, minh, 1)
        assert await other.next() == (1, "notification", told)


async def test_closing_the_process_ends_every_stream(committed_db: Database, cache: Cache) -> None:
    async with hub(committed_db, cache) as (url, streams), watching(url, acting(uuid4())) as screen:
        await streams.close()
        assert await screen.ended()


async def test_a_screen_that_does_not_keep_up_is_told_to_read_anew(committed_db: Database, cache: Cache) -> None:
    lan = uuid4()
    async with hub(committed_db, cache) as (url, streams), watching(url, acting(lan)) as screen:
        with streams.listening(lan):
            for listener in streams.listeners(lan):
                for number in range(QUEUE + 1):
                    listener.offer(Signal(number, "x"))
        number, kind, _ = await screen.next()
        assert kind == "resync"
        assert await screen.ended()


async def test_an_open_stream_holds_no_connection_to_the_database(committed_db: Database, cache: Cache) -> None:
    async with hub(committed_db, cache) as (url, _), contextlib.AsyncExitStack() as stack:
        for _ in range(40):
            await stack.enter_async_context(watching(url, acting(uuid4())))
        assert committed_db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # the async engine's own queue pool


@pytest.mark.parametrize("given", ["-1", "abc", "9" * 19])
async def test_a_strange_last_event_id_does_no_harm(committed_db: Database, cache: Cache, given: str) -> None:
    async with hub(committed_db, cache, ping=0.05) as (url, _), watching(url, acting(uuid4()) | {"last-event-id": given}) as screen:
        assert await screen.comment() == ": ping"


async def test_a_person_has_ten_streams_and_the_oldest_makes_room(committed_db: Database, cache: Cache) -> None:
    lan, minh = uuid4(), uuid4()
    streams = Streams(committed_db, cache)
    with ExitStack() as open_ones:
        oldest, *others = [open_ones.enter_context(streams.listening(lan)) for _ in range(MOST_PER_PERSON)]
        theirs = open_ones.enter_context(streams.listening(minh))
        newest = open_ones.enter_context(streams.listening(lan))
        assert oldest.queue.get_nowait() == Signal(0, close=True)
        assert streams.listeners(lan) == (*others, newest)
        assert streams.listeners(minh) == (theirs,)
    assert streams.listeners(lan) == streams.listeners(minh) == ()
    await streams.close()
