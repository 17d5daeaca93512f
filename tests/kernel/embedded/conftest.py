"""Invented checkouts for the tests of the embedded servers, each with servers of its own that are gone afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel import embedded

Checkout = Callable[[str], Path]


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """Makes a checkout at a path below a short, passable folder; pytest's own temporary folders are long and private."""
    top = Path(tempfile.mkdtemp(prefix="hs-", dir="/tmp"))
    top.chmod(0o711)
    made: list[Path] = []

    def make(name: str = "checkout") -> Path:
        root = top / name
        root.mkdir(parents=True)
        made.append(root)
        return root

    yield make
    for root in made:
        embedded.remove(root)
    shutil.rmtree(top)
