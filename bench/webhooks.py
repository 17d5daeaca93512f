"""Messages to backends: signed twice, delivered to a local receiver and written down, against what an HTTP client does alone."""

import asyncio
from time import perf_counter

import aiohttp
import httpx
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from bench.gateway import APP, install, served
from bench.measuring import Line, thread_nanoseconds
from bench.worlds import World
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from kernel.outbound import guarded_session
from plugins.registry.placement import Http
from plugins.webhooks.jobs import Outbox
from plugins.webhooks.models import Endpoint
from plugins.webhooks.service import DELIVER, PATH, tell

MESSAGES = 500
AT_ONCE = 10
BODY = b'{"type":"payment.succeeded","timestamp":"2026-11-22T06:22:00.000000Z","data":{"reference":"s1","amount":25000}}'


async def _receiver(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def measure(world: World) -> list[Line]:
    server, base_url = served(_receiver, port=18201)
    try:
        await install(world, Http(base_url))
        async with world.hub.process.database.transaction() as session:
            endpoint = await session.get_one(Endpoint, APP)
            endpoint.own_url = f"{base_url}{PATH}"  # the example's manifest names a server nobody has
        async with httpx.AsyncClient() as client:
            alone = await _rate(lambda: client.post(f"{base_url}/hs/webhook", content=BODY))
        async with guarded_session(allow_inward=True) as session:
            fast = await _rate(lambda: _posted(session, f"{base_url}/hs/webhook"))
        ours = await _delivered(world)
    finally:
        server.should_exit = True
    return [
        Line("12", "webhooks signed, delivered and noted against httpx alone", _share(ours, alone), "≥ 0.7 ×"),
        Line("12", "the same against the client they go out with, alone", _share(ours, fast), "-"),
    ]


def _share(ours: tuple[float, float], alone: tuple[float, float]) -> str:
    """Messages a second, and CPU microseconds of one."""
    return f"{ours[0] / alone[0]:.2f} × ({ours[0]:.0f} / {alone[0]:.0f} a second; {ours[1]:.0f} / {alone[1]:.0f} µs)"


async def _posted(session: aiohttp.ClientSession, url: str) -> None:
    async with session.post(url, data=BODY) as answer:
        await answer.read()


async def _rate(once: object) -> tuple[float, float]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with room:
            await once()  # type: ignore[operator]  # what the caller gives is called and awaited

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    started, cpu = perf_counter(), thread_nanoseconds()
    await asyncio.gather(*(one() for _ in range(MESSAGES)))
    return MESSAGES / (perf_counter() - started), (thread_nanoseconds() - cpu) / MESSAGES / 1000


async def _delivered(world: World) -> tuple[float, float]:
    """The whole way of the job, messages written beforehand; the first round warms the connections up."""
    database, outbox = world.hub.process.database, Outbox()
    rates = []
    for turn in range(3):
        async with database.transaction() as session:
            for number in range(MESSAGES):
                await tell(session, APP, "payment.succeeded", {"reference": f"{turn} {number}"}, dedupe=f"{turn} {number}")
        started, cpu = perf_counter(), thread_nanoseconds()
        await jobs.registry[DELIVER].handler(Run({}, 0, database, {"webhooks": outbox}))
        rates.append((MESSAGES / (perf_counter() - started), (thread_nanoseconds() - cpu) / MESSAGES / 1000))
        async with database.session() as session:
            left = await session.scalar(text("SELECT count(*) FROM plugins.webhook_message WHERE state <> 'delivered'"))
        assert left == 0, f"{left} messages were not delivered"
    await outbox.sender.close()
    return sorted(rates)[len(rates) // 2]
