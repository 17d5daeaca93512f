"""The JavaScript that travels with the SDK: the bridge for pages, its host side, and the compatibility packages."""

import re
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_IMPORT = re.compile(r'from "\./([a-z-]+\.js)"')


def javascript(name: str) -> bytes:
    """A file of the JavaScript SDK by its name there, for example `bridge.js` or `zmp-compat/index.js`.

    Raises KeyError for any other name.
    """
    found = _known().get(name)
    if found is None:
        raise KeyError(name)
    return found.read_bytes()


def names() -> tuple[str, ...]:
    """Every file there is, in order."""
    return tuple(sorted(_known()))


def bridge() -> list[str]:
    """The names of the guest's bridge and of every module it takes in turn."""
    found, waiting = {"bridge.js"}, ["bridge.js"]
    while waiting:
        new = set(_IMPORT.findall(javascript(waiting.pop()).decode())) - found
        found |= new
        waiting += new
    return sorted(found)


def bring_bridge(app: Path) -> list[str]:
    """Put this SDK's bridge into an app's `hs/` folder; the paths of the files there."""
    (app / "hs").mkdir(parents=True, exist_ok=True)
    names = bridge()
    for name in names:
        (app / "hs" / name).write_bytes(javascript(name))
    return [f"hs/{name}" for name in names]


@lru_cache(maxsize=1)
def _known() -> dict[str, Traversable]:
    return dict(_walk(_folder(), ""))


def _folder() -> Traversable:
    """In the wheel the files stand beside this module; in a checkout, beside the Python SDK."""
    carried = files("hanoismart") / "js"
    return carried if carried.is_dir() else Path(__file__).parents[3] / "js" / "src"


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found.extend(_walk(entry, f"{prefix}{entry.name}/"))
        elif entry.name.endswith((".js", ".d.ts", ".css")):
            found.append((prefix + entry.name, entry))
    return found
