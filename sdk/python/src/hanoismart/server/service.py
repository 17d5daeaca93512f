"""Builds an ASGI app out of routers, the way every package of the hub and every mini-app backend does."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from hanoismart.server import errors


def api(title: str, routers: Sequence[APIRouter], *, version: str = "1", **options: Any) -> FastAPI:
    """A FastAPI app whose refusals are Problems and whose operation ids are its function names; it serves no documentation of its own."""
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        **options,
    )
    errors.install(app)
    for router in routers:
        # The routes as they are: an included router is asked again at every request.
        app.router.routes.extend(router.routes)
    return app
