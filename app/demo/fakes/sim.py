"""A mobile operator that says when a number's SIM was changed; it knows what a test or the demo told it."""

from dataclasses import dataclass, field
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class MobileOperator:
    """`GET /sim?number=+84…` → `{"changed_at": …}`, null for a SIM that is years old."""

    changed: dict[str, datetime] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/sim", self._answer)])

    async def _answer(self, request: Request) -> Response:
        moment = self.changed.get(request.query_params.get("number", ""))
        return JSONResponse({"changed_at": moment.isoformat() if moment else None})
