"""Puts the process's runtime into each request's scope."""

from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart.server.runtime import Runtime


class Provide:
    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self._app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["runtime"] = self._runtime
        await self._app(scope, receive, send)
