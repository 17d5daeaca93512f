"""Installing and stopping mini-apps, for operators and the demo."""

from plugins.registry.placement import Http, InProcess, Placement
from plugins.registry.queries import LiveApp, live
from plugins.registry.service import Installation, install, publish, roll_back, suspend

__all__ = ["Http", "InProcess", "Installation", "LiveApp", "Placement", "install", "live", "publish", "roll_back", "suspend"]
