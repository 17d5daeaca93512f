"""The plugins' routers for the composition of the app; the gateway is an ASGI app of its own under `v1/gw`."""

from plugins.capabilities.routes import router as capabilities
from plugins.launch.routes import router as launch
from plugins.registry.routes import router as registry

ROUTERS = (registry, launch, capabilities)
