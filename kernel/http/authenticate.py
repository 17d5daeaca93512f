"""Finds out who is calling before anything else runs; whether that matters is the route's audience's affair."""

from typing import Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart.problems import Problem
from kernel.access import Caller


class Authenticator(Protocol):
    """Turns the credentials of a request into a caller; None when it carries none. Raises a Problem when they are refused."""

    async def __call__(self, request: Request) -> Caller | None: ...


class Authenticate:
    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                scope["caller"] = await self._authenticator(Request(scope))
            except Problem as refusal:
                scope["caller_refusal"] = refusal
        await self._app(scope, receive, send)
