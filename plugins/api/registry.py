"""Installing and stopping mini-apps, for operators and the demo."""

from plugins.packages.storing import Stored, keep
from plugins.registry.accepting import accept_older
from plugins.registry.lifecycle import publish, suspend
from plugins.registry.live import LiveApp
from plugins.registry.placement import Http, InProcess, Placement
from plugins.registry.queries import live
from plugins.registry.service import Installation, install
from plugins.rollout.service import roll_back

__all__ = [
    "Http",
    "InProcess",
    "Installation",
    "LiveApp",
    "Placement",
    "Stored",
    "accept_older",
    "install",
    "keep",
    "live",
    "publish",
    "roll_back",
    "suspend",
]
