"""The plugins' routers for the composition of the app; the gateway is an ASGI app of its own under `v1/gw`."""

from hanoismart.server.routing import Router
from plugins.capabilities.routes import router as backends
from plugins.launch.routes import router as launch
from plugins.registry.routes import router as registry

# One app answers under /v1/miniapps: the dispatcher finds an app by its first segments.
miniapps = Router()
miniapps.include_router(registry)
miniapps.include_router(launch)

ROUTERS = (miniapps, backends)
