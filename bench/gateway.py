"""Goal 12: a mini-app's backend behind the gateway, against the same backend called directly."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.types import ASGIApp

from bench.asgi import get
from bench.measuring import Line, Once, in_turn
from bench.worlds import World
from hanoismart.manifest.example import EXAMPLE
from hanoismart.text import Text
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from kernel.http import Dispatch
from kernel.http.authenticate import Authenticate
from plugins.gateway.endpoint import Gateway
from plugins.registry import service as registry
from plugins.registry.placement import Http, InProcess, Placement
from plugins.registry.service import Installation

APP = str(EXAMPLE["app_id"])
PATH = f"/v1/gw/{APP}/sessions"
TIMES = 500
ROUNDS = 5
FORGET_EVERY = 50


class BackendRefused(Exception):
    """The gateway did not let the measured call through; the message is what it answered."""


class Beside:
    """The port of backends in this process, with one of them."""

    def __init__(self, backend: ASGIApp) -> None:
        self._backend = backend

    def app(self, _app_id: str) -> ASGIApp | None:
        return self._backend


def _backend(path: str) -> FastAPI:
    """One route, so that the router's search counts the same however it is called."""
    app = FastAPI(openapi_url=None)

    @app.get(path)
    async def sessions() -> list[str]:
        return ["29A12345", "30F67890"]

    return app


async def measure(world: World) -> list[Line]:
    process = world.hub.process
    backend = _backend("/sessions")
    direct = Authenticate(_backend(PATH), process.authenticator, process.runtime)
    with_socket, base_url = served(backend)
    try:
        await install(world, InProcess("bench"))
        inside = await _passed(world, backend, InProcess("bench"), get(direct, PATH, await _headers(world)))
        async with httpx.AsyncClient(base_url=base_url) as client:
            outside = await _passed(world, backend, Http(base_url), lambda: client.get("/sessions"))
    finally:
        with_socket.should_exit = True
    return [
        Line("12", "the gateway against the same backend called directly, in process", _ratio(*inside), "≤ 2.5 ×"),
        Line("12", "the gateway against the same httpx call, over HTTP", _ratio(*outside), "≤ 1.5 ×"),
    ]


def _ratio(alone: float, through: float) -> str:
    return f"{through / alone:.2f} × ({through:.0f} / {alone:.0f} µs)"


async def _passed(world: World, backend: ASGIApp, placement: Placement, alone: Once) -> tuple[float, float]:
    """CPU microseconds alone and through the gateway, each call checked by the full stack's authentication."""
    await install(world, placement)
    headers = await _headers(world)
    async with _gateway(world, backend) as gateway:
        process = world.hub.process
        stacked = Authenticate(Dispatch({"v1/gw": gateway}), process.authenticator, process.runtime)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=stacked), base_url=process.settings.public_url) as client:
            answer = await client.get(PATH, headers={name.decode(): value.decode() for name, value in headers})
        if answer.status_code != 200:
            raise BackendRefused(answer.text)
        async with Redis.from_url(world.redis_url) as redis:
            one, whole = await in_turn([alone, _allowed(get(stacked, PATH, headers), redis)], TIMES, ROUNDS)
    return one, whole


def _allowed(once: Once, redis: Redis) -> Once:
    """A call that was let through; what was spent of the person's quota is forgotten in time, so that the counting can be measured too."""
    calls = 0

    async def checked() -> None:
        nonlocal calls
        calls += 1
        if calls % FORGET_EVERY == 0:
            await redis.flushdb()
        if (status := await once()) != 200:
            raise BackendRefused(f"{status}")

    return checked


@asynccontextmanager
async def _gateway(world: World, backend: ASGIApp) -> AsyncIterator[Gateway]:
    gateway = Gateway(world.hub.process.database, world.hub.process.cache, Beside(backend))
    gateway.start()
    try:
        yield gateway
    finally:
        await gateway.close()


async def install(world: World, placement: Placement) -> None:
    async with world.hub.process.database.transaction() as session:
        name = Text(vi="Sở Xây dựng", en="Department of Construction")
        owner = await organisations.ensure(session, "H26.19", name, OrganisationKind.AGENCY)
        await registry.install(session, EXAMPLE, Installation(placement=placement, organisation_id=owner.id))


async def _headers(world: World) -> list[tuple[bytes, bytes]]:
    """The mini-app's token of the person signed in, who agrees to all it asks."""
    path = f"/v1/miniapps/{APP}/launch"
    asked = await world.phone.call("POST", path, json={})
    if asked.status_code == httpx.codes.CONFLICT:
        granted = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked.json()["scopes"]]
        await world.phone.call("POST", f"/v1/miniapps/{APP}/consent", json={"granted": granted})
        asked = await world.phone.call("POST", path, json={})
    return [(b"authorization", f"Bearer {asked.raise_for_status().json()['access_token']}".encode())]


def served(backend: ASGIApp, port: int = 18200) -> tuple[uvicorn.Server, str]:
    """The backend behind a socket, in a thread whose CPU time is not counted."""
    server = uvicorn.Server(uvicorn.Config(backend, port=port, log_level="error", lifespan="off"))
    threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True).start()
    return server, f"http://127.0.0.1:{port}"
