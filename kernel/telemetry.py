"""Logs and figures: structured lines without values, and Prometheus counters by route."""

import logging
import os
from contextvars import ContextVar
from typing import Any, Final

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.types import Scope

from hanoismart.clock import now

REQUESTS = Counter("hanoismart_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("hanoismart_request_seconds", "Time to answer", ["route"], buckets=(0.005, 0.025, 0.1, 0.25, 1, 2.5, 10))
_FORBIDDEN: Final = frozenset(
    {"token", "access_token", "refresh_token", "code", "otp", "password", "secret", "identity_number", "phone", "email", "authorization"}
)
_STDOUT: Final = 1
current_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure(log_format: str) -> None:
    """Set the process's log output: `console` or `json`."""
    renderer: Any = structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_request,
            _without_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    # pgqueuer logs job tracebacks, whose messages may hold values; the worker logs the class names itself.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _with_request(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    request_id = current_request_id.get()
    if request_id is not None:
        entry.setdefault("request_id", request_id)
    return entry


def _without_values(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in _FORBIDDEN.intersection(entry):
        entry[key] = "(withheld)"
    return entry


class Observer:
    """Counts every request and writes its line. The route's pattern stands in both, never the path with its ids.

    Lines of requests are written past the logging machinery, which costs more than many an endpoint; `log_format` None writes none.
    """

    def __init__(self, log_format: str | None) -> None:
        self._format = log_format
        self._counts: dict[tuple[str, str, int], Any] = {}
        self._times: dict[str, Any] = {}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        route: str = getattr(scope.get("route"), "path", "unmatched")
        method: str = scope["method"] if len(scope["method"]) <= 7 else "OTHER"
        key = (method, route, status)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = REQUESTS.labels(method, route, str(status))
            self._times.setdefault(route, SECONDS.labels(route))
        count.inc()
        self._times[route].observe(seconds)
        if self._format is not None:
            self._write(method, route, status, seconds, scope["request_id"])

    def _write(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        milliseconds = round(seconds * 1000, 1)
        if self._format == "json":
            line = {"event": "request", "level": "info", "timestamp": now(), "method": method, "route": route, "status": status}
            os.write(_STDOUT, orjson.dumps(line | {"ms": milliseconds, "request_id": request_id}, option=orjson.OPT_APPEND_NEWLINE))
        else:
            os.write(_STDOUT, f"{status} {milliseconds:7.1f} ms  {method:<6} {route}\n".encode())
