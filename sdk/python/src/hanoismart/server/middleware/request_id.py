"""Gives each request an id that stands in its logs, its audit rows and its answer."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanoismart.ids import new_id

_ACCEPTED = re.compile(rb"^[A-Za-z0-9_-]{8,64}$")


class RequestId:
    """`trusted`: an inbound X-Request-Id is kept (only behind a proxy of ours); otherwise it is replaced."""

    def __init__(self, app: ASGIApp, *, trusted: bool = False) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._inbound(scope) or new_id().hex
        scope["request_id"] = request_id
        header = (b"x-request-id", request_id.encode())

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await self._app(scope, receive, tagged)

    def _inbound(self, scope: Scope) -> str | None:
        if not self._trusted:
            return None
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _ACCEPTED.match(value):
                return str(value.decode())
        return None
