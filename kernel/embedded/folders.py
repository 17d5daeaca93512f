"""Chooses where a checkout's servers keep their files, because a socket path is short and a checkout may lie where they cannot reach."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.os_user import OsUser

SOCKET_PATH_LIMIT = 107  # bytes: sockaddr_un.sun_path is 108 with its closing NUL (unix(7))
LONGEST_SOCKET = ".s.PGSQL.5432"
_AWKWARD = frozenset(':,"\\\n\r\t')  # separators in connection URLs and server settings


@dataclass(frozen=True, slots=True)
class Place:
    """`base` is the caller's (lock, owner, copied programs); `servers` is the servers' own: clusters, sockets, logs."""

    base: Path
    servers: Path


def choose(root: Path, user: OsUser) -> Place:
    """The first usable folder for the checkout at `root`: its own `.data`, else a short one named by the hash of its real path.

    The answer is the same at each start of the same checkout by the same user. Raises EmbeddedServerError when there is none.
    """
    tried = []
    for base in _candidates(root.resolve()):
        place = Place(base, base / "servers")
        if _usable(place, user):
            return place
        tried.append(str(base))
    raise EmbeddedServerError(f"no folder for the embedded servers: tried {', '.join(tried)}")


def _candidates(root: Path) -> Iterator[Path]:
    yield root / ".data"
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    if os.geteuid() == 0:
        yield Path("/var/lib/hanoismart") / name
    elif state := os.environ.get("XDG_STATE_HOME") or os.environ.get("HOME"):
        yield Path(state, *(() if os.environ.get("XDG_STATE_HOME") else (".local", "state")), "hanoismart", name)
    for folder in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - taken only when it is a private folder of ours
        yield folder / f"hanoismart-{os.geteuid()}-{name}"


def _usable(place: Place, user: OsUser) -> bool:
    address = str(place.servers / LONGEST_SOCKET)
    if len(os.fsencode(address)) > SOCKET_PATH_LIMIT or _AWKWARD.intersection(address):
        return False
    try:
        _make_base(place.base, mode=0o711 if user.switch else 0o700)
        user.make_folder(place.servers)
    except OSError:
        return False
    return user.can("w", place.servers)


def _make_base(base: Path, *, mode: int) -> None:
    """The folder with parents that can be passed through, whatever the umask. Raises OSError when it is not ours alone."""
    for parent in reversed(base.parents):
        if not parent.exists():
            parent.mkdir(mode=0o711)
            parent.chmod(0o711)
    base.mkdir(mode=0o700, exist_ok=True)
    found = base.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{base} is not a folder of this user")
    base.chmod(mode)
