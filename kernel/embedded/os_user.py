"""The operating-system user the servers run as, because PostgreSQL refuses to run as root."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.errors import EmbeddedServerError

NOBODY = 65534
# Nothing of the caller's environment reaches a server: no secrets, no PGHOST, no locale to depend on, no search for the time zone.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class OsUser:
    uid: int
    gid: int
    switch: bool
    """True when programs must be started as somebody else than the caller (the caller is root)."""

    def run(self, command: Sequence[str | Path], *, cwd: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The finished command, run as this user in a session of its own: Ctrl-C in a terminal goes to the application, not to its servers.

        Output is collected. `timeout` is in seconds; raises EmbeddedServerError when it passes or the program cannot be executed.
        """
        words = [str(word) for word in command]
        try:
            return subprocess.run(  # noqa: S603 - programs of locked packages, arguments of ours
                words,
                cwd=cwd,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                check=False,
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )
        except subprocess.TimeoutExpired as late:
            raise EmbeddedServerError(f"{words[0]} did not finish within {timeout:g} s") from late
        except (OSError, subprocess.SubprocessError) as failure:
            raise EmbeddedServerError(f"{words[0]} cannot be run: {failure}") from failure

    def can(self, test: str, path: Path) -> bool:
        """Whether this user passes the `test` flag (r, w, x) on the path, asked as this user: only the kernel knows mounts and ACLs."""
        if not self.switch:
            return os.access(path, {"r": os.R_OK, "w": os.W_OK, "x": os.X_OK}[test])
        return self.run(["/bin/sh", "-c", f'test -{test} "$0"', path], cwd=Path("/")).returncode == 0

    def make_folder(self, path: Path) -> None:
        """A private folder (0700) of this user; one that exists is taken only when it already is theirs. Raises OSError."""
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if self.switch and found.st_uid == os.geteuid() and not path.is_symlink():
            os.chown(path, self.uid, self.gid)
        elif found.st_uid != self.uid or path.is_symlink():
            raise PermissionError(f"{path} belongs to somebody else")
        path.chmod(0o700)


def servers_user() -> OsUser:
    """The caller, or `nobody` when the caller is root."""
    if os.geteuid() == 0:
        return OsUser(NOBODY, NOBODY, switch=True)
    return OsUser(os.geteuid(), os.getegid(), switch=False)
