"""An SMS gateway: takes messages and shows them, so that a one-time code can be read without a telephone."""

import secrets
from collections import deque
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LONGEST = 480  # three joined messages


@dataclass
class SmsGateway:
    """`POST /messages {to, text}` with a bearer key → 202; `GET /messages?to=+84…` lists what was taken, newest last."""

    key: str
    messages: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=1_000))
    out_of_order: bool = False
    """While True every message is refused with 503."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/messages", self._take, methods=["POST"]), Route("/messages", self._list, methods=["GET"])],
        )

    async def _take(self, request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self.key}".encode()):
            return JSONResponse({"error": "unauthorized"}, 401)
        if self.out_of_order:
            return JSONResponse({"error": "unavailable"}, 503, {"Retry-After": "1"})
        asked = await request.json()
        to, text = str(asked.get("to", "")), str(asked.get("text", ""))
        if not (to.startswith("+") and to[1:].isdigit() and 8 <= len(to) <= 16) or not 0 < len(text) <= LONGEST:
            return JSONResponse({"error": "invalid"}, 422)
        self.messages.append({"to": to, "text": text})
        return JSONResponse({"id": str(len(self.messages))}, 202)

    async def _list(self, request: Request) -> Response:
        to = request.query_params.get("to")
        return JSONResponse([message for message in self.messages if to in {None, message["to"]}])
