"""Plugins' settings."""

from functools import lru_cache

from pydantic import Field

from kernel.settings import Group


class PluginsSettings(Group):
    page_host: str = Field(
        "apps.localhost", description="mini-apps' pages live at <name>.<page_host>; their calls to the gateway are let in"
    )

    @property
    def inward_calls(self) -> bool:
        """Whether backends may stand on this machine or in an inner network: never in production."""
        return self.environment != "production"


@lru_cache(maxsize=1)
def settings() -> PluginsSettings:
    """The process's settings for plugins, read once."""
    return PluginsSettings()
