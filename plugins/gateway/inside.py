"""Calls a backend that is an ASGI app in this process, as a server would."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

import structlog
from starlette.types import ASGIApp, Message, Receive, Send

from hanoismart.gateway import Answer, CallFailed, Forward, ResponsePolicy
from hanoismart.tokens import ASSERTION_HEADER
from plugins.gateway.passing import Passing
from plugins.gateway.rooms import Room

_ASSERTION: Final = ASSERTION_HEADER.lower().encode()
_HOST: Final = (b"host", b"backend.internal")
_ASGI: Final = {"version": "3.0", "spec_version": "2.4"}
log = structlog.get_logger()


async def in_process(room: Room, app: ASGIApp | None, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
    """One call. Raises CallFailed where the app crashes before it answers, or is not here."""
    if app is None:
        raise CallFailed
    scope = scope_of(forward, assertion, body)
    app_id = forward.grant.app_id
    if policy.streams:
        return await _passing(room, app, scope, body, policy, app_id)
    # Where nothing is to be passed on, the app runs in the call's own task: one of its own would cost as much as all the rest of the way.
    collected = _Collected(policy.most)
    await _run(app, scope, _said(body, None), collected.send, app_id)
    return collected.answer()


async def _passing(room: Room, app: ASGIApp, scope: dict[str, Any], body: bytes, policy: ResponsePolicy, app_id: str) -> Answer:
    passing = Passing(policy)

    async def served() -> None:
        try:
            await _run(app, scope, _said(body, passing), passing.send, app_id)
        except CallFailed as failed:
            passing.fail(failed)
        else:
            passing.fail(CallFailed())  # it ended without an answer; one that came is not changed by this

    task = passing.task = room.run(served())
    try:
        return await passing.answer
    except BaseException:
        task.cancel()  # nobody waits for it any longer
        raise


async def _run(app: ASGIApp, scope: dict[str, Any], receive: Receive, send: Send, app_id: str) -> None:
    """Raises CallFailed for a crash: it must look like one over HTTP, no answer, and the breaker counts it."""
    try:
        await app(scope, receive, send)
    except CallFailed:
        raise
    except Exception as crash:
        log.warning("backend.crashed", app_id=app_id, error=type(crash).__name__)
        raise CallFailed from crash


def scope_of(forward: Forward, assertion: str, body: bytes) -> dict[str, Any]:
    """The ASGI scope a server would have made of the same call."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in forward.headers]
    headers += [(_ASSERTION, assertion.encode()), _HOST]
    if body or forward.method in {"POST", "PUT", "PATCH"}:
        headers.append((b"content-length", str(len(body)).encode()))
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": forward.method,
        "scheme": "http",
        "path": unquote(forward.path),
        "raw_path": forward.path.encode(),
        "query_string": forward.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("backend.internal", 80),
    }


def _said(body: bytes, passing: Passing | None) -> Callable[[], Awaitable[Message]]:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        if passing is not None:
            await passing.over.wait()
        return {"type": "http.disconnect"}

    return receive


class _Collected:
    """An answer taken whole."""

    __slots__ = ("_body", "_headers", "_most", "_status")

    def __init__(self, most: int) -> None:
        self._most = most
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())])
        elif message["type"] == "http.response.body":
            part = message.get("body", b"")
            self._body = self._body + part if self._body else bytes(part)
            if len(self._body) > self._most:
                raise CallFailed(too_large=True)

    def answer(self) -> Answer:
        if self._status is None:
            raise CallFailed
        return Answer(status=self._status, headers=self._headers, body=self._body)
