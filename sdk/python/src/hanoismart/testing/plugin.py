"""The pytest plugin of the SDK: `hs_host` makes a super-app in memory for the app under test."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hanoismart.miniapp import MiniApp
    from hanoismart.testing.host import Host

HostMaker = Callable[..., "Host"]


@pytest.fixture
def hs_host(request: pytest.FixtureRequest) -> Iterator[HostMaker]:
    """`hs_host(backend=api, app=app)`: the host of the nearest manifest.json, beside the test or above it, or in an `app` there."""
    from hanoismart.testing.host import Host  # taken here: a project that does not use the fixture pays nothing for the plugin

    made: list[Host] = []

    def make(manifest: Mapping[str, object] | bytes | str | None = None, *, backend: object = None, app: "MiniApp | None" = None) -> Host:
        found = Host(manifest, backend=backend, app=app) if manifest else Host.of(_nearest(request.path), backend=backend, app=app)
        made.append(found)
        return found

    yield make
    for host in made:
        host.close()


def _nearest(test: Path) -> Path:
    for folder in test.parents:
        for place in (folder, folder / "app"):
            if (place / "manifest.json").is_file():
                return place
    raise pytest.UsageError(f"there is no manifest.json (or app/manifest.json) beside {test.name} or above it; give hs_host(manifest=…)")
