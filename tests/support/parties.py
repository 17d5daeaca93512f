"""A relying party's own server, on a real socket: it hears of logouts, serves its keys, and can be slow or broken on purpose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.sockets import listening


@dataclass
class RelyingParty:
    """What it heard, what it serves, and how it answers."""

    base: str = ""
    heard: list[str] = field(default_factory=list)
    status: int = 200
    delay: float = 0.0
    endless: bool = False
    served: dict[str, Any] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it hears of logouts."""
        return f"{self.base}/backchannel"

    async def backchannel(self, request: Request) -> Response:
        form = await request.form()
        self.heard.append(str(form["logout_token"]))
        await asyncio.sleep(self.delay)
        if self.endless:
            return StreamingResponse(_drops(b"." * 1000), status_code=self.status)
        return Response(status_code=self.status)

    async def document(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.fetched.append(name)
        if name == "away":
            return RedirectResponse(f"{self.base}/documents/jwks")
        if name == "huge":
            return Response(b"[" + b"1," * 200_000 + b"1]", media_type="application/json")
        if name == "slow":
            await asyncio.sleep(30)
        if name == "drops":
            return StreamingResponse(_drops(b" "), media_type="application/json")
        return JSONResponse(self.served.get(name, {}))


async def _drops(drop: bytes) -> AsyncIterator[bytes]:
    while True:
        yield drop
        await asyncio.sleep(0.05)


@asynccontextmanager
async def listening_party() -> AsyncIterator[RelyingParty]:
    party = RelyingParty()
    routes = [Route("/backchannel", party.backchannel, methods=["POST"]), Route("/documents/{name}", party.document)]
    async with listening(Starlette(routes=routes)) as base:
        party.base = base
        yield party
