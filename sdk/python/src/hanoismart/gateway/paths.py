"""Paths that mean the same to every server behind us, and the route patterns of a manifest or an OpenAPI document."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from hanoismart.manifest.grammar import PUBLIC_ROUTE

MAX_PATH: Final = 2048
MAX_QUERY: Final = 8192
_ALLOWED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,=:@/-]|%[0-9A-Fa-f]{2})*")  # RFC 3986 pchar without ";", which servers read differently
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]|-]|%[0-9A-Fa-f]{2})*")
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")  # already in normal form, as most paths are
_KEPT: Final = "!$&'()*+,=:@~"
_ANY_TAIL: Final = "**"


class PathRefused(ValueError):
    """A path or query that two servers could read in two ways."""


def normalise(path: str) -> str:
    """The path in RFC 3986 normal form; raises PathRefused for anything ambiguous.

    Refused: absolute form, `.` and `..` (also encoded, also twice), empty segments, encoded slashes, backslashes, `;`, NUL and controls,
    bytes that are no UTF-8. An empty path is `/`.
    """
    if not path:
        return "/"
    if len(path) <= MAX_PATH and _PLAIN.fullmatch(path) is not None:
        return path
    if len(path) > MAX_PATH or path[0] != "/" or "//" in path or _ALLOWED.fullmatch(path) is None:
        raise PathRefused("the path has a form that is not allowed")
    return "/".join(_segment(segment) for segment in path.split("/"))


def check_query(query: str) -> str:
    """The query as it came; raises PathRefused where it is too long or holds what no query may hold."""
    if not query:
        return query
    if len(query) > MAX_QUERY or _QUERY.fullmatch(query) is None or "%00" in query:
        raise PathRefused("the query has a form that is not allowed")
    return query


def _segment(segment: str) -> str:
    try:
        text = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as broken:
        raise PathRefused("the path is no UTF-8") from broken
    if text in {".", ".."} or any(letter in "/\\;\x7f" or letter < " " for letter in text):
        raise PathRefused("a segment means something else elsewhere")
    if re.search(r"%[0-9A-Fa-f]{2}", text):
        raise PathRefused("a segment is encoded twice")
    return quote(text, safe=_KEPT)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern: literal segments, None for one free segment, `**` last for one or more."""

    method: str
    segments: tuple[str | None, ...]

    @property
    def label(self) -> str:
        """A name for what is kept per route: free segments are `{}`."""
        return f"{self.method} /" + "/".join("{}" if part is None else part for part in self.segments)

    def matches(self, method: str, segments: tuple[str, ...]) -> bool:
        if self.method != method and (self.method, method) != ("GET", "HEAD"):
            return False
        if self.segments and self.segments[-1] == _ANY_TAIL:
            fixed = self.segments[:-1]
            if len(segments) <= len(fixed):
                return False
            segments = segments[: len(fixed)]
        else:
            fixed = self.segments
            if len(fixed) != len(segments):
                return False
        for wanted, given in zip(fixed, segments, strict=True):  # noqa: SIM110 (a generator costs more than the comparison)
            if wanted != given and (wanted is not None or not given):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Routes:
    """A set of routes, asked with normalised paths only."""

    routes: tuple[Route, ...] = ()
    _labels: dict[Route, str] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)
    _by_length: dict[tuple[str, int], list[Route]] = field(init=False, repr=False, compare=False, hash=False, default_factory=dict)
    _tails: list[Route] = field(init=False, repr=False, compare=False, hash=False, default_factory=list)

    def __post_init__(self) -> None:
        for route in self.routes:
            self._labels[route] = route.label
            if route.segments and route.segments[-1] == _ANY_TAIL:
                self._tails.append(route)
                continue
            for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                self._by_length.setdefault((method, len(route.segments)), []).append(route)

    @classmethod
    def public(cls, patterns: Iterable[str]) -> "Routes":
        """The `METHOD /path` patterns of a manifest; raises ValueError for one that does not follow the grammar."""
        return cls(tuple(_parsed(pattern) for pattern in patterns))

    @classmethod
    def of_openapi(cls, document: Mapping[str, object]) -> "Routes":
        """Every operation of an OpenAPI 3 document; raises ValueError where its paths are malformed."""
        paths = document.get("paths")
        if not isinstance(paths, Mapping):
            raise ValueError("an OpenAPI document has paths")  # noqa: TRY004 - a malformed document, not a wrong call
        found = [
            Route(method.upper(), _template(path))
            for path, operations in paths.items()
            if isinstance(path, str) and isinstance(operations, Mapping)
            for method in operations
            if method in {"get", "head", "post", "put", "patch", "delete"}
        ]
        return cls(tuple(found))

    def match(self, method: str, path: str) -> bool:
        """Whether some route covers the call; GET covers HEAD."""
        return self.find(method, path) is not None

    def find(self, method: str, path: str) -> Route | None:
        """The route that covers the call, those of fixed length first; the most literal one where several do."""
        segments = tuple(path[1:].split("/"))
        alike = self._by_length.get((method, len(segments)), ())
        fitting = [route for route in alike if route.matches(method, segments)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else min(fitting, key=lambda route: route.segments.count(None))
        return next((route for route in self._tails if route.matches(method, segments)), None)

    def label(self, route: Route) -> str:
        """The name of one of these routes."""
        return self._labels[route]


def _parsed(pattern: str) -> Route:
    if re.fullmatch(PUBLIC_ROUTE, pattern) is None:
        raise ValueError("a public route reads METHOD /path")
    method, path = pattern.split(" ", 1)
    return Route(method, _template(path))


def _template(path: str) -> tuple[str | None, ...]:
    if not path.startswith("/"):
        raise ValueError("a route starts with a slash")
    return tuple(None if part.startswith("{") and part.endswith("}") else part for part in path[1:].split("/"))
