"""Calls a backend where it stands: over HTTP through the guard, or in this process as the ASGI app it is; the same words either way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

import httpx
import structlog
from starlette.types import ASGIApp, Message

from hanoismart.gateway import Answer, CallFailed, Forward, ResponsePolicy, declared_too_large
from hanoismart.tokens import ASSERTION_HEADER
from plugins.ports import InProcessBackends
from plugins.registry.live import LiveApp
from plugins.registry.models import PlacementKind

CONNECT_SECONDS: Final = 2.0
log = structlog.get_logger()


class Calling:
    """The backend of one app, for one call."""

    def __init__(self, app: LiveApp, http: httpx.AsyncClient, inner: InProcessBackends) -> None:
        self._app = app
        self._http = http
        self._inner = inner

    async def call(self, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
        """Raises CallFailed."""
        try:
            async with asyncio.timeout(forward.timeout):
                if self._app.placement is PlacementKind.IN_PROCESS:
                    return await in_process(self._inner.app(self._app.app_id), forward, assertion, body, policy)
                return await over_http(self._http, self._app.address, forward, assertion, body, policy)
        except TimeoutError as slow:
            raise CallFailed(timed_out=True) from slow


async def over_http(
    http: httpx.AsyncClient, base_url: str, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy
) -> Answer:
    """One call, read up to the policy's size. Raises CallFailed."""
    url = f"{base_url}{forward.path}" + (f"?{forward.query}" if forward.query else "")
    headers = [*forward.headers, (ASSERTION_HEADER, assertion)]
    timeout = httpx.Timeout(forward.timeout, connect=min(CONNECT_SECONDS, forward.timeout))
    request = http.build_request(forward.method, url, headers=headers, content=body or None, timeout=timeout)
    try:
        response = await http.send(request, stream=True)
        try:
            head = tuple((name, value) for name, value in response.headers.multi_items())
            if declared_too_large(head, policy):
                raise CallFailed(too_large=True)
            received = bytearray()
            async for part in response.aiter_raw():
                received += part
                if len(received) > policy.max_bytes:
                    raise CallFailed(too_large=True)
        finally:
            await response.aclose()
    except httpx.TimeoutException as slow:
        raise CallFailed(timed_out=True) from slow
    except httpx.HTTPError as failed:
        raise CallFailed from failed
    return Answer(status=response.status_code, headers=head, body=bytes(received))


async def in_process(app: ASGIApp | None, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
    """One call of an ASGI app. Raises CallFailed where the app crashes before it answers, or is not here."""
    if app is None:
        raise CallFailed
    collected = _Collected(policy.max_bytes)
    try:
        await app(scope_of(forward, assertion, body), _said(body), collected.send)
    except CallFailed:
        raise
    except Exception as crash:  # a crash of a backend must look like one over HTTP: no answer, and the breaker counts it
        log.warning("backend.crashed", app_id=forward.grant.app_id, error=type(crash).__name__)
        raise CallFailed from crash
    return collected.answer()


def scope_of(forward: Forward, assertion: str, body: bytes) -> dict[str, Any]:
    """The ASGI scope a server would have made of the same call."""
    pairs = [*forward.headers, (ASSERTION_HEADER.lower(), assertion), ("host", "backend.internal")]
    if body or forward.method in {"POST", "PUT", "PATCH"}:
        pairs.append(("content-length", str(len(body))))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": forward.method,
        "scheme": "http",
        "path": unquote(forward.path),
        "raw_path": forward.path.encode(),
        "query_string": forward.query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "client": ("127.0.0.1", 0),
        "server": ("backend.internal", 80),
    }


def _said(body: bytes) -> Callable[[], Awaitable[Message]]:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


class _Collected:
    def __init__(self, most: int) -> None:
        self._most = most
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if len(self._body) > self._most:
                raise CallFailed(too_large=True)

    def answer(self) -> Answer:
        if self._status is None:
            raise CallFailed
        return Answer(status=self._status, headers=self._headers, body=bytes(self._body))
