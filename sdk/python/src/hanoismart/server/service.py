"""Builds an ASGI app out of routers, the way every package of the hub and every mini-app backend does."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from hanoismart.server import errors

# FastAPI's own telemetry looks at the environment in every request and holds on to bodies; the house counts at its own edge.
_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}


def api(title: str, routers: Sequence[APIRouter], *, version: str = "1", **options: Any) -> FastAPI:
    """A FastAPI app whose refusals are Problems and whose operation ids are its function names; it serves no documentation of its own."""
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        **options,
    )
    errors.install(app)
    for router in routers:
        # The routes as they are: an included router is asked again at every request.
        app.router.routes.extend(router.routes)
    return app
