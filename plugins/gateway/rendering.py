"""Turns what the gateway decided into the messages of ASGI, without a framework in between."""

from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.types import Scope

from hanoismart.gateway import Answer, Headers, Refusal
from hanoismart.problems import Problem
from hanoismart.server.errors import MEDIA_TYPE, render
from hanoismart.server.locale import negotiate

_BODILESS = frozenset({204, 304})  # RFC 9110, section 8.6


@dataclass(slots=True)
class Reply:
    """What leaves: a whole body, or an answer whose stream is to be passed on."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    stream: Answer | None = None


def answered(answer: Answer) -> Reply:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.stream is not None:
        return Reply(answer.status, headers, stream=answer)
    if answer.status not in _BODILESS:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    return Reply(answer.status, headers, answer.body)


def refused(scope: Scope, refusal: Refusal) -> Reply:
    """An RFC 9457 document in the caller's language."""
    locale = negotiate(next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), ""))
    document: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title.in_(locale),
        "status": refusal.status,
        "code": refusal.code,
        "instance": scope.get("request_id"),
        **refusal.extra,
    }
    body = orjson.dumps(document)
    told = {"cache-control": "no-store", "content-type": MEDIA_TYPE, "content-length": str(len(body)), **refusal.headers}
    return Reply(refusal.status, [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()], body)


def problem_reply(scope: Scope, problem: Problem) -> Reply:
    response = render(Request(scope), problem)
    return Reply(response.status_code, list(response.raw_headers), bytes(response.body))


def preflight(headers: Headers) -> Reply:
    """What a browser asks before it calls from a page's origin (Fetch, CORS preflight)."""
    asked = next(
        (value for name, value in headers if name == "access-control-request-headers"), "authorization, content-type, idempotency-key"
    )
    allowed = {
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": asked if len(asked) < 500 and asked.isprintable() else "authorization",
        "access-control-max-age": "600",
    }
    return Reply(204, [(name.encode(), value.encode("latin-1")) for name, value in allowed.items()])
