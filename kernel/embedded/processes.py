"""Looks at running processes through /proc, because a number in a pid file proves nothing after a crash."""

import contextlib
import os
import signal
import time
from pathlib import Path

_PROC = Path("/proc")


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process is alive (not a zombie) and its working folder is this one, as is the case for a server in its own folder."""
    if not _PROC.joinpath("self").exists():
        return _answers(pid)
    try:
        return _PROC.joinpath(str(pid), "cwd").readlink() == folder.resolve()
    except OSError:
        return False


def all_in(folder: Path) -> list[int]:
    """Every living process that works in the folder."""
    if not _PROC.joinpath("self").exists():
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and works_in(int(entry.name), folder)]


def birth(pid: int) -> str:
    """A mark that differs between two processes that had the same number at different times; empty when there is no such process."""
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "unknown" if not _PROC.joinpath("self").exists() and _answers(pid) else ""
    return "" if fields[0] in "ZX" else fields[19]  # proc(5): state is field 3, start time field 22


def end_all_in(folder: Path, *, patience: float) -> None:
    """Returns when no process works in the folder any more; those that stay longer than `patience` seconds are killed."""
    limit = time.monotonic() + patience
    while left := all_in(folder):
        if time.monotonic() > limit:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
