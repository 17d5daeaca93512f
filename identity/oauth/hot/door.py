"""An endpoint that is tried the short way before its room: it answers the plain case whole, and leaves every other one untouched.

A short way never refuses. Whatever is missing, wrong, replayed or merely unusual goes on to the room, which looks at everything again and
says what it is; so there is one place that refuses, and one that burns, revokes and tells.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanoismart.problems import Problem

Answer = Callable[[Request], Awaitable[Response | None]]
LARGEST: Final = 65_536
"""Bytes of a body that are held for the room; a form of ours has a thirtieth of it."""
log = structlog.get_logger()


class ShortWay:
    """`answer` gives the response of `method` at `path`, or None for the room."""

    def __init__(self, room: ASGIApp, method: str, path: str, answer: Answer) -> None:
        self._room = room
        self._method = method
        self.path = path
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != self._method or scope["path"] != self.path or not _plain(scope):
            await self._room(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body() if self._method == "POST" else b""
        except ClientDisconnect:
            return
        response = await self._tried(Request(scope, _told(body, receive)))
        if response is None:
            await self._room(scope, _told(body, receive), send)
            return
        scope["route"] = self  # whose `path` stands in the figures
        await response(scope, receive, send)

    async def _tried(self, request: Request) -> Response | None:
        try:
            return await self._answer(request)
        except (Problem, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return None
        except Exception as error:  # noqa: BLE001 (whatever was sent, the room has an answer for it, and here is none)
            log.warning("oauth.short_way_failed", error=type(error).__name__)
            return None


def _plain(scope: Scope) -> bool:
    """A GET without a body, or a small form; and nothing that wants its answer kept."""
    headers = dict(scope["headers"])
    if b"idempotency-key" in headers:
        return False
    kind = headers.get(b"content-type")
    if scope["method"] != "POST":
        return kind is None
    length = headers.get(b"content-length", b"")
    if kind is None or not kind.startswith(b"application/x-www-form-urlencoded") or b"json" in kind.lower():
        return False  # a body that calls itself JSON as well is read by the edge, which refuses what is none
    return length.isdigit() and int(length) <= LARGEST


def _told(body: bytes, receive: Receive) -> Receive:
    """A channel on which the body comes once more, and then what comes next."""
    waiting = [body]

    async def next_message() -> Message:
        return {"type": "http.request", "body": waiting.pop(), "more_body": False} if waiting else await receive()

    return next_message
