"""Starts and stops a checkout's own servers, safely for several processes at once, so that `make run` and tests need no set-up."""

import atexit
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from kernel.embedded import binaries, folders, processes
from kernel.embedded.os_user import servers_user
from kernel.embedded.postgres import Postgres
from kernel.embedded.valkey import Valkey

_LOCK = "servers.lock"
_KEPT = {"pid": 0, "birth": ""}


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    """For SQLAlchemy on asyncpg; the database exists and holds no table after the first start."""
    redis_url: str
    """For redis-py; number 0 of 64 databases."""
    started: frozenset[str]
    """Which of "postgres" and "valkey" this call started; the others were running already."""


@dataclass(frozen=True, slots=True)
class _House:
    base: Path
    postgres: Postgres
    valkey: Valkey

    @property
    def owner(self) -> Path:
        return self.base / "servers.owner"


def start(root: Path, *, durable: bool = True, keep: bool = False) -> Servers:
    """The servers of the checkout at `root`, running and ready; blocks for about a second the first time, 0.2 s later.

    The process that finds them without a living owner owns them: they stop when it ends, by SIGTERM or Ctrl-C too. A process that finds
    them running for another leaves them alone. `keep` lets them outlive this process until `stop`. `durable=False` (tests) trades safety
    against power cuts for speed, and counts only when PostgreSQL is started by this call. Raises EmbeddedServerError.
    """
    with _locked(root, durable=durable) as house:
        launched = house.valkey.launch()
        created = house.postgres.start()
        house.valkey.wait()
        if keep:
            house.owner.write_text(json.dumps(_KEPT))
        elif (launched and created) or not _owned(house.owner):
            house.owner.write_text(json.dumps(_me()))
    if not keep:
        _release_at_exit(root)
    started = [name for name, yes in (("postgres", created), ("valkey", launched)) if yes]
    return Servers(house.postgres.url(), house.valkey.url, frozenset(started))


def release(root: Path) -> None:
    """Stops the servers if this process owns them; does nothing otherwise."""
    with _locked(root) as house:
        if _read(house.owner) == _me():
            _stop(house)


def stop(root: Path) -> None:
    """Stops the servers whoever started them; returns when no process of theirs is left."""
    with _locked(root) as house:
        _stop(house)


def remove(root: Path) -> None:
    """Stops the servers and deletes all they kept, wherever that was."""
    with _locked(root) as house:
        _stop(house)
        shutil.rmtree(house.postgres.servers)
        shutil.rmtree(house.base / "programs", ignore_errors=True)
        (house.base / _LOCK).unlink()
        with contextlib.suppress(OSError):  # others may keep something in .data
            house.base.rmdir()


def status(root: Path) -> dict[str, bool]:
    """Which servers of the checkout run at this moment."""
    with _locked(root) as house:
        return {"postgres": house.postgres.running(), "valkey": house.valkey.running()}


@contextlib.contextmanager
def running(root: Path, *, durable: bool = True) -> Iterator[Servers]:
    """The servers for the time of a `with` block, as `start` and `release`."""
    servers = start(root, durable=durable)
    try:
        yield servers
    finally:
        release(root)


@contextlib.contextmanager
def _locked(root: Path, *, durable: bool = True) -> Iterator[_House]:
    """One process at a time looks at, starts or stops the servers of a checkout."""
    user = servers_user()
    with contextlib.ExitStack() as stack:
        place = folders.choose(root, user)
        while not _lock(place, stack):
            place = folders.choose(root, user)
        programs = binaries.find(place.base, user)
        postgres = Postgres(programs.postgres, programs.postgres_major, place.servers, user, durable)
        yield _House(place.base, postgres, Valkey(programs.valkey, place.servers, user))


def _lock(place: folders.Place, stack: contextlib.ExitStack) -> bool:
    """False when `remove` took the place away while this process waited for it."""
    path = place.base / _LOCK
    try:
        lock = stack.enter_context(path.open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        return place.servers.is_dir() and os.fstat(lock.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _stop(house: _House) -> None:
    house.valkey.stop()
    house.postgres.stop()
    house.owner.unlink(missing_ok=True)


def _me() -> dict[str, object]:
    return {"pid": os.getpid(), "birth": processes.birth(os.getpid())}


def _owned(owner: Path) -> bool:
    """Whether a living process, or nobody on purpose (`keep`), answers for the servers."""
    found = _read(owner)
    pid = found.get("pid")
    return found == _KEPT or (isinstance(pid, int) and pid > 0 and processes.birth(pid) == found.get("birth"))


def _read(owner: Path) -> dict[str, object]:
    try:
        found = json.loads(owner.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_released_at_exit: set[tuple[int, Path]] = set()


def _release_at_exit(root: Path) -> None:
    """Ends by SIGTERM and SIGHUP become an orderly exit where nobody has decided otherwise; Python does so for Ctrl-C itself."""
    if (os.getpid(), root) in _released_at_exit:
        return
    _released_at_exit.add((os.getpid(), root))
    atexit.register(_release_undisturbed, root)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit_orderly)


def _exit_orderly(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _release_undisturbed(root: Path) -> None:
    """A second Ctrl-C while the servers stop must not leave one of them behind."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    if root.is_dir():
        release(root)
