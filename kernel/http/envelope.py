"""What every request of the hub is wrapped in, in one turn: an id, the security headers, a line in the log, a count.

One middleware instead of three, because each one that touches the answer costs as much as the endpoint behind it.
"""

import re
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanoismart import lifecycle
from hanoismart.ids import new_hex
from kernel.telemetry import Observer, current_request_id

_ACCEPTED = re.compile(rb"^[A-Za-z0-9_-]{8,64}$")
_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-site"),
)
_TRANSPORT: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Envelope:
    """`https`: browsers are told to stay on https. `trusted`: an inbound X-Request-Id is kept (only behind a proxy of ours)."""

    def __init__(self, app: ASGIApp, observer: Observer, *, https: bool, trusted: bool) -> None:
        self._app = app
        self._observer = observer
        self._trusted = trusted
        self._headers = (*_ALWAYS, _TRANSPORT) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = (self._inbound(scope) if self._trusted else None) or new_hex()
        scope["request_id"] = request_id
        added = [*self._headers, (b"x-request-id", request_id.encode())]
        status = 500

        async def sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.get("headers", ())
                if lifecycle.DEPRECATIONS:
                    headers = [*headers, *_dying(scope)]
                stated = dict(headers)
                # A page states a policy of its own, and what it states counts; an answer without one gets the strictest.
                more = [*added, _POLICY] if _POLICY[0] not in stated else _left(stated, added)
                message["headers"] = [*headers, *more]
            await send(message)

        token = current_request_id.set(request_id)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, sealed)
        finally:
            current_request_id.reset(token)
            self._observer.observe(scope, status, time.perf_counter() - started)

    @staticmethod
    def _inbound(scope: Scope) -> str | None:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _ACCEPTED.match(value):
                return str(value.decode())
        return None


def _dying(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Deprecation and Sunset of an address that goes, by the table that `hs doctor` reads."""
    told = lifecycle.headers_of(scope["method"], getattr(scope.get("route"), "path", ""))
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]


def _left(stated: dict[bytes, bytes], added: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What the page did not state itself; where its policy names who may frame it, the old header would say nobody."""
    framed = b"frame-ancestors 'none'" not in stated[_POLICY[0]]
    return [(name, value) for name, value in added if name not in stated and not (framed and name == b"x-frame-options")]
