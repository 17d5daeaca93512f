"""Refuses bodies over a size, counted while they arrive; a declared length is believed only when it is too large."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanoismart.problems import Problem
from hanoismart.server.errors import render
from hanoismart.text import Text

MEBIBYTE = 1024 * 1024


class BodyTooLarge(Problem):
    code = "request.body_too_large"
    status = 413
    title = Text(vi="Nội dung yêu cầu quá lớn", en="The body of the request is too large")


class LengthInvalid(Problem):
    code = "request.length_invalid"
    status = 400
    title = Text(vi="Content-Length không hợp lệ", en="The Content-Length is not valid")


class PathInvalid(Problem):
    code = "request.path_invalid"
    status = 400
    title = Text(vi="Đường dẫn chứa ký tự không hợp lệ", en="The path or query holds a character that is not valid")


class BodyLimit:
    """`limit` in bytes; `larger` gives path prefixes a limit of their own."""

    def __init__(self, app: ASGIApp, *, limit: int = MEBIBYTE, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await render(Request(scope), refusal)(scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        # NUL in the path or query reaches PostgreSQL as text it cannot keep.
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return PathInvalid()
        for name, value in scope["headers"]:
            if name == b"content-length":
                if not value.isdigit() or len(value) > 18:
                    return LengthInvalid()
                if int(value) > self._limit_of(scope):
                    return BodyTooLarge(headers={"Connection": "close"})
        return None

    def _limit_of(self, scope: Scope) -> int:
        path: str = scope["path"]
        return next((limit for prefix, limit in self._larger.items() if path.startswith(prefix)), self._limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit_of(scope)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    raise BodyTooLarge(headers={"Connection": "close"})
            return message

        await self._app(scope, counted, send)
