"""The backend of a mini-app: declared once, run over HTTP or in the hub's process, and unable to tell the difference."""

from hanoismart.server.miniapp.audiences import Citizen, Public, ScopeMissing, Visitor, VisitorDep, WithHub, hub_of, user
from hanoismart.server.miniapp.declaration import Backend, once_table
from hanoismart.server.miniapp.mounting import Mounted, mount
from hanoismart.server.miniapp.settings import MiniAppSettings
from hanoismart.server.miniapp.verification import AssertionRefused, Verifier

__all__ = [
    "AssertionRefused",
    "Backend",
    "Citizen",
    "MiniAppSettings",
    "Mounted",
    "Public",
    "ScopeMissing",
    "Verifier",
    "Visitor",
    "VisitorDep",
    "WithHub",
    "hub_of",
    "mount",
    "once_table",
    "user",
]
