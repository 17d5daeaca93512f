"""Logs and figures: structured lines without values, and Prometheus counters by route."""

import logging
import os
from bisect import bisect_left
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import accumulate
from typing import Any, Final

import orjson
import structlog
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from hanoismart.clock import now

BUCKETS: Final = (0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0)
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


class RequestFigures(Collector):
    """What the process answered, in plain numbers that are given their Prometheus form when somebody asks.

    All requests are counted by the thread of the event loop, so that the locks of a Counter, a third of a request's count, are not needed.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, tuple[list[int], list[float]]] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = ([0] * (len(BUCKETS) + 1), [0.0])
        times[0][bisect_left(BUCKETS, seconds)] += 1
        times[1][0] += seconds

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily("hanoismart_requests", "Requests answered", labels=("method", "route", "status"))
        for (method, route, status), count in self._counts.copy().items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily("hanoismart_request_seconds", "Time to answer", labels=("route",))
        bounds = [*map(str, BUCKETS), "+Inf"]
        for route, (counts, total) in self._times.copy().items():
            seconds.add_metric((route,), list(zip(bounds, accumulate(counts), strict=True)), total[0])
        yield seconds


figures = RequestFigures()
REGISTRY.register(figures)


class Observer:
    """Counts every request and writes its line. The route's pattern stands in both, never the path with its ids.

    Lines of requests are written past the logging machinery, which costs more than many an endpoint; `log_format` None writes none.
    """

    def __init__(self, log_format: str | None) -> None:
        self._format = log_format

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        route: str = getattr(scope.get("route"), "path", "unmatched")
        method: str = scope["method"] if len(scope["method"]) <= 7 else "OTHER"
        figures.add(method, route, status, seconds)
        if self._format is not None:
            self._write(method, route, status, seconds, scope["request_id"])

    def _write(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        milliseconds = round(seconds * 1000, 1)
        if self._format == "json":
            line = {"event": "request", "level": "info", "timestamp": now(), "method": method, "route": route, "status": status}
            os.write(_STDOUT, orjson.dumps(line | {"ms": milliseconds, "request_id": request_id}, option=orjson.OPT_APPEND_NEWLINE))
        else:
            os.write(_STDOUT, f"{status} {milliseconds:7.1f} ms  {method:<6} {route}\n".encode())
