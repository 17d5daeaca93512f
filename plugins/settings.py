"""Plugins' settings."""

from functools import lru_cache
from typing import Literal

from pydantic import Field

from kernel.settings import Group


class PluginsSettings(Group):
    page_host: str = Field(
        "apps.localhost", description="mini-apps' pages live at <name>.<page_host>; their calls to the gateway are let in"
    )
    gateway_calls: int = Field(
        64, ge=1, le=10_000, description="calls under way to one mini-app's backend per process; the next is refused"
    )
    gateway_streams: int = Field(
        200, ge=1, le=100_000, description="event streams and large downloads under way from one mini-app's backend per process"
    )

    page_origins: Literal["unique", "opaque"] = Field(
        "unique",
        description="unique: each app's pages have an origin of their own (needs wildcard DNS and certificate); opaque: they have none",
    )
    dns_server: str | None = Field(
        None, description="host:port of the name server that proofs of domains are looked up at; unset: the system's"
    )

    erasure_days: int = Field(20, ge=1, le=90, description="days an app has to erase what it holds of a person who left it")
    review_days: int = Field(3, ge=1, le=60, description="working days in which a submitted version is reviewed")

    @property
    def registry_environment(self) -> Literal["sandbox", "production"]:
        """What packages must be signed for to be taken here."""
        return "production" if self.environment == "production" else "sandbox"

    @property
    def inward_calls(self) -> bool:
        """Whether backends may stand on this machine or in an inner network: never in production."""
        return self.environment != "production"


@lru_cache(maxsize=1)
def settings() -> PluginsSettings:
    """The process's settings for plugins, read once."""
    return PluginsSettings()
