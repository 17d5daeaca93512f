"""Runs PostgreSQL on a unix socket for one checkout: makes the cluster, starts it, mends what a crash left, stops it."""

import contextlib
import shlex
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

from kernel.embedded import processes
from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.folders import LONGEST_SOCKET
from kernel.embedded.os_user import OsUser

DATABASE = "hanoismart"
SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "default_text_search_config": "pg_catalog.simple",
    # A developer's machine has no replica and few cores: fewer processes, less WAL.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    # Statements and key values may hold personal data; they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "4GB"}


@dataclass(frozen=True, slots=True)
class Postgres:
    programs: Path
    major: int
    servers: Path
    user: OsUser
    durable: bool = True
    """False gives up all that survives a power cut, for tests: fsync, synchronous commit, full page writes, autovacuum."""

    @property
    def cluster(self) -> Path:
        return self.servers / f"postgres-{self.major}"

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql+asyncpg://{SUPERUSER}@/{quote(database)}?host={quote(str(self.servers))}"

    def running(self) -> bool:
        return processes.works_in(self._pid(), self.cluster)

    def start(self) -> bool:
        """True when this call started the server, False when one was there; it is ready and holds the database in both cases."""
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        started = not self.running()
        if started:
            self._clear_crash()
            self._launch()
        self._wait_ready()
        self._make_database()
        return started

    def stop(self) -> None:
        """Returns when no process of this server is left, also when it was not running."""
        if self.running():
            for mode in ("fast", "immediate"):
                with contextlib.suppress(EmbeddedServerError):
                    if self._program("pg_ctl", "stop", "-D", self.cluster, "-m", mode, "-w", "-t", "10").returncode == 0:
                        break
        processes.end_all_in(self.cluster, patience=3)

    def _make_cluster(self) -> None:
        """The cluster appears under its name only when it is whole: an interrupted initdb is simply done again."""
        half = self.cluster.with_name(self.cluster.name + ".part")
        shutil.rmtree(half, ignore_errors=True)
        # The built-in C.UTF-8 sorts by code point but knows upper and lower case of every letter, so that no system locale is needed.
        words = f"-U {SUPERUSER} -A trust -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --no-sync --no-instructions"
        answer = self._program("initdb", "-D", half, *words.split())
        if answer.returncode != 0:
            raise EmbeddedServerError(f"initdb failed: {answer.stderr.strip()[-1000:]}")
        half.rename(self.cluster)

    def _launch(self) -> None:
        quoted_folder = '"' + str(self.servers) + '"'  # folders are a list: spaces need the inner quotes
        settings = {**_SETTINGS, "unix_socket_directories": quoted_folder, **({} if self.durable else _FORGETFUL)}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        log = self.servers / "postgres.log"
        answer = self._program("pg_ctl", "start", "-D", self.cluster, "-w", "-t", "60", "-l", log, "-o", options, timeout=90)
        if answer.returncode != 0:
            tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise EmbeddedServerError(f"PostgreSQL refused to start: {answer.stderr.strip()[-500:]} {tail}")

    def _clear_crash(self) -> None:
        """After kill -9 of the server: its children are gone before its lock files go, for they share its memory.

        PostgreSQL itself would believe a lock file as long as any process has the number in it, be it a stranger or a zombie.
        """
        processes.end_all_in(self.cluster, patience=2)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        (self.servers / f"{LONGEST_SOCKET}.lock").unlink(missing_ok=True)

    def _wait_ready(self, seconds: float = 60) -> None:
        limit = time.monotonic() + seconds
        while self._program("pg_isready", "-q", "-h", self.servers, "-d", "postgres", "-U", SUPERUSER).returncode != 0:
            if time.monotonic() > limit or not self.running():
                raise EmbeddedServerError(f"PostgreSQL in {self.servers} does not answer; its log is postgres.log there")
            time.sleep(0.05)

    def _make_database(self) -> None:
        if self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'") == "":  # noqa: S608 - a constant
            self._sql(f'CREATE DATABASE "{DATABASE}"')

    def _sql(self, statement: str) -> str:
        answer = self._program(
            "psql", "-X", "-h", self.servers, "-U", SUPERUSER, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-Atc", statement
        )
        if answer.returncode != 0:
            raise EmbeddedServerError(f"PostgreSQL refused a statement: {answer.stderr.strip()[-500:]}")
        return answer.stdout.strip()

    def _program(self, name: str, *arguments: str | Path, timeout: float = 60) -> CompletedProcess[str]:
        return self.user.run([self.programs / name, *arguments], cwd=self.servers, timeout=timeout)

    def _pid(self) -> int:
        try:
            return int((self.cluster / "postmaster.pid").read_text().partition("\n")[0])
        except (OSError, ValueError):
            return 0
