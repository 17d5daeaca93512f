"""Where a backend runs, as operators say it when they install an app."""

from dataclasses import dataclass

from plugins.registry.models import PlacementKind, Version


@dataclass(frozen=True, slots=True)
class Http:
    """A server of its own at `base_url`."""

    base_url: str

    @property
    def kind(self) -> PlacementKind:
        return PlacementKind.HTTP

    @property
    def address(self) -> str:
        return self.base_url


@dataclass(frozen=True, slots=True)
class InProcess:
    """A first-party backend in this process; `module` is informative, the process is composed above."""

    module: str

    @property
    def kind(self) -> PlacementKind:
        return PlacementKind.IN_PROCESS

    @property
    def address(self) -> str:
        return self.module


Placement = Http | InProcess


def placement_of(version: Version) -> Placement:
    """Where a version's backend runs."""
    return Http(version.address) if version.placement is PlacementKind.HTTP else InProcess(version.address)
