"""Facts plugins tell the floors above."""

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import Event


@dataclass(frozen=True, slots=True)
class AppStateChanged(Event):
    """A mini-app was published, suspended, or got another live version."""

    name: ClassVar[str] = "plugins.app_state_changed"
    app_id: str
    status: str
    version_code: int


@dataclass(frozen=True, slots=True)
class VersionStateChanged(Event):
    """A version went a step: submitted, approved, live, revoked, …"""

    name: ClassVar[str] = "plugins.version_state_changed"
    app_id: str
    version_code: int
    state: str
