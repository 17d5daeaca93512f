"""Goals 1, 2 and 6: what the middleware stack, the number of routes and a signed-in caller cost."""

import asyncio

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from app.demo.devices.mobile import Phone
from bench.asgi import get
from bench.measuring import Line, Once, in_turn
from bench.worlds import World
from hanoismart.server.audience import Anyone
from hanoismart.server.routing import Router
from hanoismart.server.schemas import Out
from hanoismart.server.service import api
from kernel.access import Person
from kernel.http import Dispatch, stack

TIMES = 2_000
TOGETHER = 16


class Hello(Out):
    hello: str


def _bare(*, telemetry: bool = True) -> FastAPI:
    """The yardstick is FastAPI as it comes; `telemetry` False shows how much of the difference is FastAPI's own telemetry switched off."""
    off: TelemetryConfig = {} if telemetry else {"tracing": False, "metrics": False, "logs": False}
    app = FastAPI(openapi_url=None, telemetry=off)

    @app.get("/v1/hello")
    async def hello() -> Hello:
        return Hello(hello="xin chào")

    return app


def _routed() -> FastAPI:
    router = Router()

    @router.get("/v1/hello", audience=Anyone(), response_model=Hello)
    async def hello() -> Hello:
        return Hello(hello="xin chào")

    @router.get("/v1/hello-signed", audience=Person(), response_model=Hello)
    async def signed() -> Hello:
        return Hello(hello="xin chào")

    return api("bench", [router])


async def measure(world: World) -> list[Line]:
    process = world.hub.process
    routed = _routed()
    stacked: ASGIApp = stack(routed, process.runtime, process.authenticator)
    one, quiet, whole = await in_turn(
        [get(_bare(), "/v1/hello"), get(_bare(telemetry=False), "/v1/hello"), get(stacked, "/v1/hello")], TIMES
    )
    # The last of all routes: the dispatcher's cost, against an app that has only that one.
    last = api("bench", [_last_router()])
    table = Dispatch({f"v1/room{number}/x": last for number in range(400)} | {"v1/last/one": last})
    alone, among = await in_turn([get(_provided(last, world), "/v1/last/one"), get(_provided(table, world), "/v1/last/one")], TIMES)
    unsigned, bearer, bound, together = await _signed(world, stacked)
    return [
        Line(
            "1", "whole middleware stack against a bare FastAPI endpoint", f"{whole / one:.2f} × ({whole:.0f} / {one:.0f} µs)", "≤ 1.25 ×"
        ),
        Line("1", "the same, FastAPI's telemetry off in the yardstick too", f"{whole / quiet:.2f} × ({whole:.0f} / {quiet:.0f} µs)", "-"),
        Line("2", "the last of all routes against a one-route app", f"{among / alone:.2f} × ({among:.0f} / {alone:.0f} µs)", "≤ 1.25 ×"),
        Line("6", "a signed-in request (cached check) against the same unsigned", f"{bearer / unsigned:.2f} ×", "≤ 1.25 ×"),
        Line("6", f"a DPoP proof on top, {TOGETHER} requests in flight", f"{together:.0f} µs", "100-215 µs"),
        Line("6", "a DPoP proof on top, one request at a time", f"{bound - bearer:.0f} µs", "100-215 µs"),
    ]


def _provided(app: ASGIApp, world: World) -> ASGIApp:
    from hanoismart.server.middleware.provide import Provide

    return Provide(app, world.hub.process.runtime)


def _last_router() -> Router:
    router = Router()

    @router.get("/v1/last/one", audience=Anyone(), response_model=Hello)
    async def last() -> Hello:
        return Hello(hello="xin chào")

    return router


async def _signed(world: World, app: ASGIApp) -> tuple[float, float, float, float]:
    """Microseconds unsigned, with a bearer whose check is cached, with a DPoP proof, and what the proof adds with many in flight.

    Proofs are made anew for each request, and before the measuring.
    """
    phone: Phone = world.phone
    token = await world.unbound_token()
    bearer = [(b"authorization", f"Bearer {token}".encode())]
    path = "/v1/hello-signed"
    url = f"{phone.base}{path}"
    proofs = [phone.dpop.proof("GET", url, token=phone.held.access) for _ in range(TIMES * 18)]
    bound_token = f"DPoP {phone.held.access}".encode()

    def fresh() -> list[tuple[bytes, bytes]]:
        return [(b"authorization", bound_token), (b"dpop", proofs.pop().encode())]

    alone = get(app, path, bearer), get(app, path, fresh)
    unsigned, signed, bound = await in_turn([get(app, "/v1/hello"), *alone], TIMES)
    many = await in_turn([_at_once(once) for once in alone], TIMES // TOGETHER)
    return unsigned, signed, bound, (many[1] - many[0]) / TOGETHER


def _at_once(once: Once) -> Once:
    async def all_of_them() -> None:
        await asyncio.gather(*(once() for _ in range(TOGETHER)))

    return all_of_them
