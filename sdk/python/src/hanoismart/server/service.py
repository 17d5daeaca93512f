"""Builds an ASGI app out of routers, the way every package of the hub and every mini-app backend does."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

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
        generate_unique_id_function=_operation_id,
        **options,
    )
    errors.install(app)
    for router in routers:
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    tag = str(route.tags[0]) if route.tags else ""
    return f"{tag}_{route.name}" if tag else route.name
