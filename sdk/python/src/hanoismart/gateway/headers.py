"""Which headers cross the gateway: nothing that carries identity, session or route comes in or goes out but our own."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from hanoismart.gateway.request import Headers

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)  # RFC 9110, section 7.6.1, and its elders
_NEVER_IN: Final = frozenset(
    {
        "authorization", "cookie", "dpop", "host", "content-length", "expect", "forwarded", "via", "x-real-ip", "true-client-ip",
        "cf-connecting-ip", "x-client-ip", "accept-encoding", "origin", "referer", "x-http-method-override", "x-method-override",
        "x-original-url", "x-rewrite-url", "early-data", "proxy", "baggage", "traceparent", "tracestate",
    }
)  # fmt: skip
_NEVER_OUT: Final = frozenset(
    {
        "set-cookie", "set-cookie2", "server", "x-powered-by", "via", "content-length", "content-encoding", "strict-transport-security",
        "alt-svc", "clear-site-data", "public-key-pins", "www-authenticate", "content-security-policy", "x-frame-options", "refresh",
        "date", "ratelimit", "ratelimit-policy", "service-worker-allowed", "sourcemap", "link", "report-to", "reporting-endpoints", "nel",
        "x-content-type-options",
    }
)  # fmt: skip
_IN_PREFIXES: Final = ("hs-", "x-forwarded-", "sec-", "proxy-", "x-hs-")
_OUT_PREFIXES: Final = ("hs-", "access-control-", "proxy-", "cross-origin-", "x-hs-", "x-accel-", "x-sendfile")
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^`|~-]{1,100}")  # RFC 9110 token without "_", which some servers read as "-"
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context
_RELATIVE = re.compile(r"(?!//)(?![A-Za-z0-9+.-]*:)[/A-Za-z0-9._~%!$&'()*+,=@?-][A-Za-z0-9._~%!$&'()*+,=:@/?-]{0,2000}")
_IDENTITY: Final = ("accept-encoding", "identity")
_NO_STORE: Final = ("cache-control", "no-store")
_ALWAYS: Final = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
)
MAX_HEADERS: Final = 100
_CONNECTION: Final = len("connection")
_KNOWN: Final = 2_000


class HeaderRefused(ValueError):
    """A header that could be read as two, or far too many of them."""


def to_backend(headers: Headers, *, host: str, scheme: str) -> Headers:
    """The headers a backend gets, names in lower case; `HS-Assertion` is added when it is signed.

    The person's address is hidden (RFC 7239, section 6.3): it would link one person's pairwise subjects. Raises HeaderRefused for a
    value with a line break or NUL, and where the body has two types.
    """
    kept = _without(headers, _PASSED_IN, _passes_in)
    if sum(name == "content-type" for name, _ in kept) > 1:
        raise HeaderRefused("two content types")
    forwarded = ("forwarded", _forwarded(host, scheme))
    trace = value_of(headers, "traceparent")
    if trace is not None and _TRACEPARENT.fullmatch(trace):
        return (*kept, forwarded, _IDENTITY, ("traceparent", trace))
    return (*kept, forwarded, _IDENTITY)


@lru_cache(maxsize=200)
def _forwarded(host: str, scheme: str) -> str:
    forwarded = f'for=_hidden;host="{host}";proto={scheme}'
    if _VALUE.fullmatch(forwarded) is None or '"' in host or "\\" in host:
        raise HeaderRefused("the host has a form that is not allowed")
    return forwarded


def to_guest(headers: Headers) -> Headers:
    """The headers the page gets: no cookies, no server names, no policies but our own; a redirect may only stay in the app.

    Raises HeaderRefused as `to_backend`.
    """
    kept: list[tuple[str, str]] = []
    said = False
    for pair in _without(headers, _PASSED_OUT, _passes_out):
        name = pair[0]
        if name == "location" and _RELATIVE.fullmatch(pair[1]) is None:
            continue
        said = said or name == "cache-control"
        kept.append(pair)
    if not said:
        kept.append(_NO_STORE)
    return (*kept, *_ALWAYS)


def value_of(headers: Headers, name: str) -> str | None:
    """The first value of a header, whatever its case."""
    for given, value in headers:
        if given == name or (len(given) == len(name) and given.lower() == name):
            return value
    return None


# What becomes of a header by its name as it was written; filled as names come, so that the same few are not judged at every call.
_PASSED_IN: Final[dict[str, str | None]] = {}
_PASSED_OUT: Final[dict[str, str | None]] = {}


def _passes_in(name: str) -> bool:
    return not (name in _HOP_BY_HOP or name in _NEVER_IN or name.startswith(_IN_PREFIXES)) and _NAME.fullmatch(name) is not None


def _passes_out(name: str) -> bool:
    return not (name in _HOP_BY_HOP or name in _NEVER_OUT or name.startswith(_OUT_PREFIXES)) and _NAME.fullmatch(name) is not None


def _without(headers: Headers, judged: dict[str, str | None], passes: Callable[[str], bool]) -> Headers:
    if len(headers) > MAX_HEADERS:
        raise HeaderRefused("too many headers")
    named_by_connection: frozenset[str] = frozenset()
    kept: list[tuple[str, str]] = []
    for given, value in headers:
        if _VALUE.fullmatch(value) is None:
            raise HeaderRefused("a header value with a line break, NUL or too much text")
        try:
            name = judged[given]
        except KeyError:
            name = _judge(given, judged, passes)
        if name is not None:
            kept.append((name, value))
        elif len(given) == _CONNECTION and given.lower() == "connection":
            named_by_connection |= _listed([value])
    return tuple(pair for pair in kept if pair[0] not in named_by_connection) if named_by_connection else tuple(kept)


def _judge(given: str, judged: dict[str, str | None], passes: Callable[[str], bool]) -> str | None:
    lower = given.lower()
    name = lower if passes(lower) else None
    if len(judged) < _KNOWN and len(given) <= 100:  # strange names in great numbers are judged each time, and kept nowhere
        judged[given] = name
    return name


def _listed(values: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for value in values for name in value.split(","))
