"""One PostgreSQL and one Valkey for a whole test run, shared by its workers, gone when the last of them leaves."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import embedded
from kernel.embedded import processes

_PREFIX = f"hanoismart-tests-{os.geteuid()}-"


@pytest.fixture(scope="session")
def servers_root() -> Iterator[Path]:
    """The folder of this run's servers; what the workers share besides (locks) may lie in it."""
    folder = Path(tempfile.gettempdir())
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:12] or f"alone{os.getpid()}"
    root = folder / f"{_PREFIX}{run}"
    with _locked(folder):
        for left_behind in folder.glob(f"{_PREFIX}*"):
            if left_behind != root and left_behind.is_dir():
                _remove_unless_held(left_behind)
        held = root / "holders" / str(os.getpid())
        held.parent.mkdir(parents=True, exist_ok=True)
        root.chmod(0o711)
        held.write_text(processes.birth(os.getpid()))
    yield root
    with _locked(folder):
        held.unlink()
        _remove_unless_held(root)


@pytest.fixture(scope="session")
def servers(servers_root: Path) -> embedded.Servers:
    """Running servers that would not survive a power cut, and are the faster for it."""
    return embedded.start(servers_root, durable=False, keep=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / f"{_PREFIX[:-1]}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unless_held(root: Path) -> None:
    """A run that was killed leaves its servers behind; the next one takes them away."""
    for holder in (root / "holders").glob("*"):
        birth = processes.birth(int(holder.name))
        if birth and birth == holder.read_text():
            return
    embedded.remove(root)
    shutil.rmtree(root)
