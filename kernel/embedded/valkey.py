"""Runs Valkey on a unix socket with nothing kept on disk, as the cache a city service may lose at any moment."""

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kernel.embedded import processes
from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.os_user import OsUser

_SOCKET = "valkey.sock"
_SETTINGS = {
    "port": "0",
    "unixsocket": _SOCKET,
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "daemonize": "yes",
    "pidfile": "valkey.pid",
    "logfile": "valkey.log",
    "databases": "64",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
    "always-show-logo": "no",
}


@dataclass(frozen=True, slots=True)
class Valkey:
    program: Path
    servers: Path
    user: OsUser

    @property
    def folder(self) -> Path:
        return self.servers / "valkey"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.folder / _SOCKET))}?db=0"

    def running(self) -> bool:
        return self._command("PING").startswith("+PONG")

    def launch(self) -> bool:
        """True when this call launched the server (then `wait` says when it is ready), False when one was there."""
        if self.running():
            return False
        processes.end_all_in(self.folder, patience=0.5)
        self.user.make_folder(self.folder)
        settings = [word for name, value in _SETTINGS.items() for word in (f"--{name}", value)]
        answer = self.user.run([self.program, *settings], cwd=self.folder)
        if answer.returncode != 0:
            raise EmbeddedServerError(f"Valkey refused to start: {answer.stdout[-500:]}{answer.stderr[-500:]}")
        return True

    def wait(self, seconds: float = 10) -> None:
        """Returns when the server answers. Raises EmbeddedServerError with the end of its log after `seconds`."""
        limit = time.monotonic() + seconds
        while not self.running():
            if time.monotonic() > limit:
                raise EmbeddedServerError(f"Valkey does not answer: {self._log()}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Returns when no process of this server is left, also when it was not running."""
        if not self.folder.is_dir():
            return
        self._command("SHUTDOWN NOSAVE")
        processes.end_all_in(self.folder, patience=3)
        with contextlib.suppress(OSError, ValueError):  # without /proc the pid file is all there is
            os.kill(int((self.folder / "valkey.pid").read_text()), signal.SIGTERM)

    def _command(self, words: str) -> str:
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as line:
            line.settimeout(2)
            try:
                line.connect(str(self.folder / _SOCKET))
                line.sendall(words.encode() + b"\r\n")
                return line.recv(64).decode("ascii", "replace")
            except OSError:
                return ""

    def _log(self) -> str:
        try:
            return (self.folder / "valkey.log").read_text(errors="replace")[-1000:]
        except OSError:
            return "it wrote no log"
