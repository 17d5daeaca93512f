"""Finds the app that answers a path by a dict on its first segments, because a list of all routes is searched one by one."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart.server.errors import NotFound, render


class Dispatch:
    """`apps` maps a first segment (`oauth`), or one under /v1 (`v1/miniapps`, `v1/me/inbox`), to its app; the longest wins."""

    def __init__(self, apps: Mapping[str, ASGIApp], fallback: ASGIApp | None = None) -> None:
        self._apps = dict(apps)
        self._depth = max((prefix.count("/") + 1 for prefix in apps), default=1)
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        app = self.find(scope["path"]) or self._fallback
        if app is None:
            await render(Request(scope), NotFound())(scope, receive, send)
            return
        await app(scope, receive, send)

    def find(self, path: str) -> ASGIApp | None:
        segments = path.strip("/").split("/", self._depth)[: self._depth]
        while segments:
            app = self._apps.get("/".join(segments))
            if app is not None:
                return app
            segments.pop()
        return None
