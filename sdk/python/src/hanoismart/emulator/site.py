"""The emulator's addresses: the host page and the hub's API on one origin, the app's files on another, told apart by the Host header."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from hanoismart import assets, origins
from hanoismart.emulator.control import Control
from hanoismart.emulator.house import House
from hanoismart.gateway import GatewayRequest, Refusal

MAX_BODY: Final = 2 * 1024 * 1024
_TYPES: Final = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def site(house: House) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI app of one emulator."""
    host = _Host(house)
    inner = Starlette(
        routes=[
            Route("/", host.page),
            Route("/favicon.ico", host.no_icon),
            Route("/emulator/events", host.events),
            Route("/emulator/{name}", host.control, methods=["POST"]),
            Route("/host/{name}", host.static),
            Route("/js/{name:path}", host.javascript),
            Route("/v1/gw/{app_id}/{path:path}", host.gateway, methods=_METHODS),
            Route("/v1/dev/environment", host.environment),
            Route("/{path:path}", host.hub, methods=_METHODS),
        ]
    )
    guest = _Guest(house)
    apps = f"{origins.label(house.superapp.app_id)}.apps.localhost"

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        name = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if name == apps:
            await guest(scope, receive, send)
        elif name in {"localhost", "127.0.0.1"}:
            await inner(scope, receive, send)
        else:  # a name that somebody made point here (DNS rebinding) is no address of ours
            await Response("unknown host", status_code=421)(scope, receive, send)

    return served


class _Guest:
    """The app's own origin: its files with production's headers, and nothing else."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._house.slow_ms / 1000)
        path = str(scope["path"])
        if self._house.superapp.reason is not None:
            response = Response(b"", status_code=410, headers={"Content-Security-Policy": "default-src 'none'"})
        elif not path.startswith("/v/dev/") or scope["method"] not in {"GET", "HEAD"}:
            response = Response(b"", status_code=404)
        else:
            found = self._house.file(path.removeprefix("/v/dev/"))
            response = Response(b"", status_code=404) if found is None else Response(found[0], headers=found[1])
        await response(scope, receive, send)


class _Host:
    """The host page, the emulator's own requests, and the hub's."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._control = Control(house)

    async def page(self, _: Request) -> Response:
        return self._file("index.html")

    async def no_icon(self, _: Request) -> Response:
        return Response(status_code=204)

    async def static(self, request: Request) -> Response:
        return self._file(request.path_params["name"])

    def _file(self, name: str) -> Response:
        found = files("hanoismart") / "emulator" / "host" / name
        suffix = name[name.rfind(".") :]
        if "/" in name or suffix not in _TYPES or not found.is_file():
            return Response(status_code=404)
        csp = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            f"frame-src {self._house.app_origin}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": csp, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(found.read_bytes(), media_type=_TYPES[suffix], headers=headers)

    async def javascript(self, request: Request) -> Response:
        try:
            body = assets.javascript(request.path_params["name"])
        except KeyError:
            return Response(status_code=404)
        return Response(body, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-store"})

    async def control(self, request: Request) -> Response:
        if request.headers.get("origin") not in {None, self._house.origin} or request.headers.get("sec-fetch-site") not in {
            None,
            "same-origin",
        }:
            return JSONResponse({"code": "emulator.foreign"}, status_code=403)
        body = await request.body()
        asked = json.loads(body) if body else {}
        status, told = await self._control.answer(request.path_params["name"], asked)
        return JSONResponse(told, status_code=status)

    async def events(self, _: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            yield b": ready\n\n"
            async for told in self._house.listen():
                yield f"data: {json.dumps(told, ensure_ascii=False, default=str)}\n\n".encode()

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def environment(self, _: Request) -> Response:
        return JSONResponse({"environment": "sandbox", "issuer": self._house.origin, "limits": {}})

    async def hub(self, request: Request) -> Response:
        """What a backend asks of the hub."""
        body = await request.body()
        status, told = self._house.api.answer(request.method, request.url.path, request.headers, body)
        if request.url.path.startswith("/v1/backend/"):
            self._house.note("hub", method=request.method, path=request.url.path, status=status, code=told.get("code"))
        return JSONResponse(told, status_code=status)

    async def gateway(self, request: Request) -> Response:
        cors = {"Access-Control-Allow-Origin": self._house.app_origin, "Vary": "Origin"}
        if request.method == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": ", ".join(_METHODS), "Access-Control-Allow-Headers": "authorization, content-type"}
            return Response(status_code=204, headers=cors | allowed)
        if request.path_params["app_id"] != self._house.superapp.app_id:
            return JSONResponse({"code": "gateway.app_unknown"}, status_code=404, headers=cors)
        body = await request.body()
        if len(body) > MAX_BODY:
            return JSONResponse({"code": "gateway.body_too_large"}, status_code=413, headers=cors)
        outcome = await self._house.call(self._passage(request), body, _bearer(request))
        if isinstance(outcome, Refusal):
            told: dict[str, Any] = {"code": outcome.code, "title": outcome.title.en, "status": outcome.status, **outcome.extra}
            return JSONResponse(
                told, status_code=outcome.status, headers={**outcome.headers, **cors}, media_type="application/problem+json"
            )
        response = Response(outcome.body, status_code=outcome.status, headers=cors)
        for name, value in outcome.headers:
            response.headers[name] = value
        return response

    def _passage(self, request: Request) -> GatewayRequest:
        raw = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").split("?")[0]
        prefix = f"/v1/gw/{self._house.superapp.app_id}"
        return GatewayRequest(
            method=request.method,
            path=raw.removeprefix(prefix) or "/",
            query=request.url.query,
            headers=tuple(request.headers.items()),
            origin="emulator",
            host=request.headers.get("host", "localhost"),
            scheme="http",
        )


def _bearer(request: Request) -> str | None:
    given = request.headers.get("authorization", "")
    return given.removeprefix("Bearer ") if given.startswith("Bearer ") else None
