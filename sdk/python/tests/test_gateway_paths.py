"""Paths, routes and headers of the gateway: nothing ambiguous passes, and nothing of ours can be forged."""

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanoismart.gateway import Headers, PathRefused, Routes, normalise
from hanoismart.gateway.headers import HeaderRefused, to_backend, to_guest
from hanoismart.gateway.paths import check_query

PIECES = st.lists(
    st.sampled_from(
        [
            "/",
            "..",
            ".",
            "%2e",
            "%2E%2e",
            "%2f",
            "%5c",
            "\\",
            "a",
            "ờ",
            "%c3%a0",
            "%",
            "%00",
            ";",
            "%3b",
            "%252e",
            "?",
            "#",
            "http:",
            "*",
            "~",
            " ",
            "%ff",
        ]
    ),
    max_size=12,
).map("".join)
ANYTHING = st.one_of(PIECES.map(lambda rest: "/" + rest), PIECES, st.text())


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("", "/"),
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/", "/a/"),
        ("/%61/%7e", "/a/~"),
        ("/b%c3%a3i", "/b%C3%A3i"),
        ("/x%20y", "/x%20y"),
        ("/a:b@c", "/a:b@c"),
    ],
)
def test_plain_paths_get_one_form(path: str, normal: str) -> None:
    assert normalise(path) == normal


@pytest.mark.parametrize(
    "path",
    [
        "a", "//", "//evil.example/x", "/a//b", "/..", "/a/../b", "/a/.", "/%2e%2e/b", "/a/%2E%2e", "/a%2fb", "/a%5cb", "/a\\b", "/a%00",
        "/a\x00",
        "/a;v=1/b", "/..;/admin", "/a%3bb", "/%252e%252e/x", "/%zz", "/%", "http://evil.example/", "/a?b", "/a#b", "/bãi", "/%ff",
        "/a b", "/a\r\nX: y",
        "/" + "a" * 3000, "/a%0ab",
    ],
)  # fmt: skip
def test_ambiguous_paths_are_refused(path: str) -> None:
    with pytest.raises(PathRefused):
        normalise(path)


@given(ANYTHING)
def test_whatever_passes_means_the_same_everywhere(path: str) -> None:
    try:
        normal = normalise(path)
    except PathRefused:
        return
    assert normalise(normal) == normal
    decoded = unquote(normal)
    assert decoded.startswith("/")
    assert not decoded.startswith("//")
    assert posixpath.normpath(decoded) == (decoded.rstrip("/") or "/")
    assert unquote(decoded) == decoded
    assert not set(decoded) & set("\\;\x00\r\n")


@pytest.mark.parametrize("query", ["a=b&c=%20", "", "lat=21.03&lon=105.85", "q[]=1"])
def test_queries_pass_as_they_came(query: str) -> None:
    assert check_query(query) == query


@pytest.mark.parametrize("query", ["a=b c", "a=%00", "a#b", "é", "a\r\nb", "x" * 9000, "a=%"])
def test_broken_queries_are_refused(query: str) -> None:
    with pytest.raises(PathRefused):
        check_query(query)


PUBLIC = Routes.public(["GET /parks", "GET /parks/{id}", "POST /quotes", "GET /tiles/**", "GET /"])


@pytest.mark.parametrize(
    ("method", "path", "open_"),
    [
        ("GET", "/parks", True),
        ("HEAD", "/parks", True),
        ("GET", "/parks/7", True),
        ("GET", "/parks/b%C3%A3i", True),
        ("GET", "/", True),
        ("POST", "/quotes", True),
        ("GET", "/tiles/1/2/3.png", True),
        ("GET", "/tiles", False),
        ("GET", "/parks/", False),
        ("GET", "/parks/7/sessions", False),
        ("POST", "/parks", False),
        ("DELETE", "/parks/7", False),
        ("GET", "/PARKS", False),
        ("HEAD", "/quotes", False),
        ("GET", "/sessions", False),
    ],
)
def test_public_routes(method: str, path: str, open_: bool) -> None:
    assert PUBLIC.match(method, path) is open_


@pytest.mark.parametrize(
    "pattern", ["GET", "/parks", "get /parks", "GET parks", "GET /parks/**/x", "GET /..", "PUT /x", "GET /a b", "GET /{Id}"]
)
def test_malformed_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="METHOD"):
        Routes.public([pattern])


def test_routes_of_an_openapi_document() -> None:
    routes = Routes.of_openapi({"paths": {"/parks/{id}": {"get": {}, "parameters": []}, "/sessions": {"post": {}}}})
    assert routes.match("GET", "/parks/1")
    assert routes.match("POST", "/sessions")
    assert not routes.match("DELETE", "/sessions")
    with pytest.raises(ValueError, match="paths"):
        Routes.of_openapi({"openapi": "3.1.0"})
    with pytest.raises(ValueError, match="slash"):
        Routes.of_openapi({"paths": {"x": {"get": {}}}})


FORGED: Headers = (
    ("Authorization", "Bearer x"), ("Cookie", "a=b"), ("HS-Assertion", "forged"), ("hs-anything", "x"), ("HS_Assertion", "forged"),
    ("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "1.2.3.4"), ("X-Real-IP", "1.2.3.4"), ("Host", "evil.example"), ("DPoP", "proof"),
    ("Connection", "close, X-Secret"), ("X-Secret", "1"), ("Transfer-Encoding", "chunked"), ("TE", "trailers"), ("Content-Length", "5"),
    ("X-HTTP-Method-Override", "DELETE"), ("Sec-Fetch-Site", "none"), ("Bad Name", "x"),
)  # fmt: skip


def test_only_harmless_headers_reach_the_backend() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    plain: Headers = (
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "k"),
        ("Traceparent", trace),
    )
    sent = dict(to_backend((*FORGED, *plain), host="hanoismart.example", scheme="https"))
    assert sent == {
        "accept": "application/json",
        "content-type": "application/json",
        "idempotency-key": "k",
        "forwarded": 'for=_hidden;host="hanoismart.example";proto=https',
        "accept-encoding": "identity",
        "traceparent": trace,
    }


def test_a_forged_trace_is_dropped() -> None:
    sent = dict(to_backend((("traceparent", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"),), host="h", scheme="https"))
    assert "traceparent" not in sent


@pytest.mark.parametrize("value", ["a\r\nHS-Assertion: x", "a\nb", "a\x00b", "x" * 9000, "ờ"])
def test_split_headers_are_refused(value: str) -> None:
    with pytest.raises(HeaderRefused):
        to_backend((("x-note", value),), host="h", scheme="https")
    with pytest.raises(HeaderRefused):
        to_guest((("x-note", value),))


def test_a_host_or_a_flood_of_headers_cannot_break_out() -> None:
    with pytest.raises(HeaderRefused):
        to_backend((), host='a";for=1.2.3.4', scheme="https")
    with pytest.raises(HeaderRefused):
        to_backend((("a", "b"),) * 101, host="h", scheme="https")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hS-assertion", "cookie", "AUTHORIZATION", "x-forwarded-proto", "forwarded", "Connection", "hs_assertion"])
            | st.text(),
            st.text(alphabet=st.characters(codec="ascii"), max_size=20),
        ),
        max_size=20,
    )
)
def test_no_forged_identity_passes(given_headers: list[tuple[str, str]]) -> None:
    try:
        sent = to_backend(tuple(given_headers), host="h", scheme="https")
    except HeaderRefused:
        return
    names = [name for name, _ in sent]
    assert not [
        name for name in names if name.startswith(("hs-", "hs_", "x-forwarded-")) or name in {"cookie", "authorization", "connection"}
    ]
    assert names.count("forwarded") == 1


def test_answers_lose_what_touches_the_host() -> None:
    answer: Headers = (
        ("Content-Type", "application/json"), ("Set-Cookie", "a=b"), ("Server", "nginx"), ("Access-Control-Allow-Origin", "*"),
        ("HS-Grant", "x"), ("Location", "https://evil.example"), ("ETag", '"1"'), ("Strict-Transport-Security", "max-age=0"),
        ("Clear-Site-Data", "*"),
    )  # fmt: skip
    assert dict(to_guest(answer)) == {
        "content-type": "application/json",
        "etag": '"1"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    }


@pytest.mark.parametrize(
    ("target", "kept"), [("/sessions/7", True), ("sessions/7", True), ("//evil.example", False), ("javascript:x", False), ("/a\\b", False)]
)
def test_a_redirect_stays_inside(target: str, kept: bool) -> None:
    assert ("location" in dict(to_guest((("Location", target),)))) is kept
