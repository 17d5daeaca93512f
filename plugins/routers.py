"""The plugins' routers, for the app to mount; the gateway is an ASGI app of its own under `v1/gw`."""

from fastapi import APIRouter

from plugins.launch.routes import router as launch
from plugins.registry.routes import router as registry


def routers() -> list[APIRouter]:
    return [registry, launch]
