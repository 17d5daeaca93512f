"""One OpenAPI document of every room, with the audience of each route and the shape of refusals."""

from functools import lru_cache
from typing import Any

import orjson
from fastapi.openapi.utils import get_openapi

from kernel.settings import settings

TITLE = "HanoiSmart"
VERSION = "1"
DESCRIPTION = "One verified account, every city service. Refusals are RFC 9457 problem documents with a stable code."
SECURITY = {
    "accessToken": {
        "type": "http",
        "scheme": "DPoP",
        "description": "An access token of /oauth/token bound to the client's key: `Authorization: DPoP …` with a `DPoP` proof (RFC 9449)",
    }
}


def document() -> dict[str, Any]:
    """The merged document; routes keep the order of their rooms."""
    from app.routers import apps

    routes = [route for app in apps() for route in app.routes]
    merged = get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=routes, openapi_version="3.1.0")
    merged.setdefault("components", {})["securitySchemes"] = SECURITY
    merged["components"].setdefault("schemas", {}).pop("HTTPValidationError", None)
    merged["components"]["schemas"].pop("ValidationError", None)
    return merged


@lru_cache(maxsize=1)
def serialised() -> bytes:
    """The document as it is served, with this installation as its server."""
    return orjson.dumps(document() | {"servers": [{"url": settings().public_url}]})
