"""The JavaScript that travels with the SDK: the bridge for pages, its host side, and the compatibility packages."""

from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


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
