"""Goals 1, 2 and 6: what the middleware stack, the number of routes and a signed-in caller cost."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.demo.devices.mobile import Phone
from bench.asgi import get
from bench.measuring import Line, in_turn
from bench.worlds import World
from hanoismart.server.audience import Anyone
from hanoismart.server.routing import Router
from hanoismart.server.schemas import Out
from hanoismart.server.service import api
from kernel.access import Person
from kernel.http import Dispatch, stack

TIMES = 2_000


class Hello(Out):
    hello: str


def _bare() -> FastAPI:
    app = FastAPI(openapi_url=None)

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
    bare, hub = _bare(), world.hub
    process = hub.process
    routed = _routed()
    stacked: ASGIApp = stack(routed, process.runtime, process.authenticator)
    one, whole = await in_turn([get(bare, "/v1/hello"), get(stacked, "/v1/hello")], TIMES)
    # The last of all routes: the dispatcher's cost, against an app that has only that one.
    last = api("bench", [_last_router()])
    table = Dispatch({f"v1/room{number}/x": last for number in range(400)} | {"v1/last/one": last})
    alone, among = await in_turn([get(_provided(last, world), "/v1/last/one"), get(_provided(table, world), "/v1/last/one")], TIMES)
    unsigned, bearer, bound = await _signed(world, stacked)
    return [
        Line(
            "1", "whole middleware stack against a bare FastAPI endpoint", f"{whole / one:.2f} × ({whole:.0f} / {one:.0f} µs)", "≤ 1.25 ×"
        ),
        Line("2", "the last of all routes against a one-route app", f"{among / alone:.2f} × ({among:.0f} / {alone:.0f} µs)", "≤ 1.25 ×"),
        Line("6", "a signed-in request (cached check) against the same unsigned", f"{bearer / unsigned:.2f} ×", "≤ 1.25 ×"),
        Line("6", "a DPoP proof on top", f"{bound - bearer:.0f} µs", "100-215 µs"),
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


async def _signed(world: World, app: ASGIApp) -> list[float]:
    """Unsigned, with a bearer whose check is cached, and with a DPoP proof made anew each time (the making is not counted)."""
    phone: Phone = world.phone
    token = await world.unbound_token()
    bearer = [(b"authorization", f"Bearer {token}".encode())]
    path = "/v1/hello-signed"
    url = f"{phone.base}{path}"
    proofs = [phone.dpop.proof("GET", url, token=phone.held.access) for _ in range(TIMES * 9)]
    bound_token = f"DPoP {phone.held.access}".encode()

    def fresh() -> list[tuple[bytes, bytes]]:
        return [(b"authorization", bound_token), (b"dpop", proofs.pop().encode())]

    return await in_turn([get(app, "/v1/hello"), get(app, path, bearer), get(app, path, fresh)], TIMES)
