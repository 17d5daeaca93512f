"""Hands a request the runtime and finds out who is calling; whether that matters is the route's audience's affair."""

from typing import Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart.problems import Problem
from hanoismart.server.errors import as_problem
from hanoismart.server.runtime import Runtime
from kernel.access import Caller


class Authenticator(Protocol):
    """Turns the credentials of a request into a caller; None when it carries none. Raises a Problem when they are refused."""

    async def __call__(self, request: Request) -> Caller | None: ...


class Authenticate:
    def __init__(self, app: ASGIApp, authenticator: Authenticator, runtime: Runtime) -> None:
        self._app = app
        self._authenticator = authenticator
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["runtime"] = self._runtime
        if scope["type"] == "http":
            try:
                scope["caller"] = await self._authenticator(Request(scope))
            except Problem as refusal:
                scope["caller_refusal"] = refusal
            except Exception as error:  # noqa: BLE001 (whoever needs no caller is served, database or not; the others are told)
                scope["caller_refusal"] = as_problem(error, scope.get("request_id"))
        await self._app(scope, receive, send)
