"""Logs and figures: structured lines without values, and Prometheus counters by route."""

import logging
import time
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("hanoismart_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "hanoismart_request_seconds", "Time to answer", ["route"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
)
OPEN = Gauge("hanoismart_requests_open", "Requests under way")
_FORBIDDEN = frozenset(
    {"token", "access_token", "refresh_token", "code", "otp", "password", "secret", "identity_number", "phone", "email", "authorization"}
)


def configure(log_format: str) -> None:
    """Set the process's log output: `console` or `json`."""
    renderer: Any = structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    # pgqueuer logs job tracebacks, whose messages may hold values; the worker logs the class names itself.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _without_values(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in _FORBIDDEN.intersection(entry):
        entry[key] = "(withheld)"
    return entry


class Telemetry:
    """One line and one count per request; the route's pattern stands in both, never the path with its ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        OPEN.inc()
        structlog.contextvars.bind_contextvars(request_id=scope.get("request_id"))
        try:
            await self._app(scope, receive, watched)
        finally:
            OPEN.dec()
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(route).observe(seconds)
            self._log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
            structlog.contextvars.clear_contextvars()
