"""Keys that change while processes run: a file that every process reads again within a second of its change (ADR 0023)."""

import json
import os
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from kernel.settings import parse_keys, settings

PURPOSES: Final = ("sealing", "index", "pairwise", "nonce", "cursor")
LOOKED_AGAIN: Final = 1.0
"""Seconds between two looks at the file's stamp: a stat, no read."""
log = structlog.get_logger()


class KeyFileUnreadable(Exception):
    """The keys file names purposes or keys that cannot be used; what was read before stays in use."""


class KeyFile:
    """The newest readable content of the file, by purpose; `read` is cheap and may be asked for every use of a key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: dict[str, str] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._next = 0.0

    def read(self) -> dict[str, str]:
        moment = monotonic()
        if moment < self._next:
            return self._held
        self._next = moment + LOOKED_AGAIN
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return self._held
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            try:
                self._held, self._stamp = load(self.path), stamp
            except KeyFileUnreadable:
                log.warning("keys.unreadable", file=self.path.name)
        return self._held

    def forget(self) -> None:
        """Look again at the next use."""
        self._next = 0.0


def load(path: Path) -> dict[str, str]:
    """The lines by purpose, each as in the settings. Raises KeyFileUnreadable."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        for purpose, line in document.items():
            if purpose not in PURPOSES:
                raise KeyFileUnreadable(purpose)
            parse_keys(line)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise KeyFileUnreadable(type(error).__name__) from error
    return {str(purpose): str(line) for purpose, line in document.items()}


def save(path: Path, lines: dict[str, str]) -> None:
    """Replaces the file whole, readable by its owner alone; no process ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_suffix(".part")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(lines, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    half.replace(path)


_files: dict[str, KeyFile] = {}


def line(purpose: str, otherwise: str) -> str:
    """The keys of a purpose as one line: from the file where it has them, else what the settings say."""
    name = settings().keys_file
    if name is None:
        return otherwise
    return _files.setdefault(name, KeyFile(Path(name))).read().get(purpose, otherwise)


def forget() -> None:
    """Look at the file again at the next use (after a rotation in this very process, and in tests)."""
    for held in _files.values():
        held.forget()
