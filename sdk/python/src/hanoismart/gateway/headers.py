"""Which headers cross the gateway: nothing that carries identity, session or route comes in or goes out but our own."""

import re
from collections.abc import Iterable
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
MAX_HEADERS: Final = 100


class HeaderRefused(ValueError):
    """A header that could be read as two, or far too many of them."""


def to_backend(headers: Headers, *, host: str, scheme: str) -> Headers:
    """The headers a backend gets, names in lower case; `HS-Assertion` is added when it is signed.

    The person's address is hidden (RFC 7239, section 6.3): it would link one person's pairwise subjects. Raises HeaderRefused for a
    value with a line break or NUL.
    """
    kept = _without(headers, _NEVER_IN, _IN_PREFIXES)
    forwarded = f'for=_hidden;host="{host}";proto={scheme}'
    if _VALUE.fullmatch(forwarded) is None or '"' in host or "\\" in host:
        raise HeaderRefused("the host has a form that is not allowed")
    traces = [(name.lower(), value) for name, value in headers if name.lower() == "traceparent" and _TRACEPARENT.fullmatch(value)]
    return (*kept, ("forwarded", forwarded), ("accept-encoding", "identity"), *traces[:1])


def to_guest(headers: Headers) -> Headers:
    """The headers the page gets: no cookies, no server names, no policies but our own; a redirect may only stay in the app.

    Raises HeaderRefused as `to_backend`.
    """
    kept = [
        (name, value) for name, value in _without(headers, _NEVER_OUT, _OUT_PREFIXES) if name != "location" or _RELATIVE.fullmatch(value)
    ]
    if not any(name == "cache-control" for name, _ in kept):
        kept.append(("cache-control", "no-store"))
    return (
        *kept,
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    )


def value_of(headers: Headers, name: str) -> str | None:
    """The first value of a header, whatever its case."""
    return next((value for given, value in headers if given.lower() == name), None)


def _without(headers: Headers, names: frozenset[str], prefixes: tuple[str, ...]) -> Headers:
    if len(headers) > MAX_HEADERS:
        raise HeaderRefused("too many headers")
    named_by_connection = _listed(value for name, value in headers if name.lower() == "connection")
    kept: list[tuple[str, str]] = []
    for given, value in headers:
        name = given.lower()
        if _VALUE.fullmatch(value) is None:
            raise HeaderRefused("a header value with a line break, NUL or too much text")
        dropped = name in _HOP_BY_HOP or name in names or name in named_by_connection or name.startswith(prefixes)
        if not dropped and _NAME.fullmatch(name):
            kept.append((name, value))
    return tuple(kept)


def _listed(values: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for value in values for name in value.split(","))
