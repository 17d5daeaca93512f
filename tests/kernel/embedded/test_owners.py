"""Who stops the servers: their owner, however it ends, and nobody else."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from kernel import embedded
from tests.kernel.embedded.conftest import Checkout

_REPOSITORY = Path(__file__).parents[3]
_PROGRAM = """
import signal
import sys
from pathlib import Path
# What started the tests may have told its children to ignore these (nohup, a shell's background job).
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from kernel import embedded
servers = embedded.start(Path(sys.argv[1]))
print(",".join(sorted(servers.started)) or "none", flush=True)
sys.stdin.read()
"""
RUNNING = {"postgres": True, "valkey": True}
STOPPED = {"postgres": False, "valkey": False}


@contextmanager
def application(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the servers until its standard input closes, and what it said it started."""
    command = [sys.executable, "-c", _PROGRAM, str(root)]
    with subprocess.Popen(command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_owner_stops_them_when_a_signal_ends_it(checkout: Checkout, number: signal.Signals) -> None:
    root = checkout("checkout")
    with application(root) as (owner, started):
        assert started == "postgres,valkey"
        owner.send_signal(number)
        owner.wait(20)
    assert embedded.status(root) == STOPPED


def test_a_guest_leaves_them_running_and_the_owner_stops_them_at_its_end(checkout: Checkout) -> None:
    root = checkout("checkout")
    with application(root) as (owner, _):
        with application(root) as (guest, started):
            assert started == "none"
            guest.communicate()
        assert embedded.status(root) == RUNNING
        owner.communicate()
    assert embedded.status(root) == STOPPED


def test_servers_of_a_killed_owner_are_adopted(checkout: Checkout) -> None:
    root = checkout("checkout")
    with application(root) as (owner, _):
        owner.kill()
    assert embedded.status(root) == RUNNING
    with application(root) as (heir, started):
        assert started == "none"
        heir.communicate()
    assert embedded.status(root) == STOPPED


def test_a_with_block_stops_them_at_its_end(checkout: Checkout) -> None:
    root = checkout("checkout")
    with embedded.running(root):
        assert embedded.status(root) == RUNNING
    assert embedded.status(root) == STOPPED


def test_two_processes_that_start_at_once_get_one_pair_of_servers(checkout: Checkout) -> None:
    root = checkout("checkout")

    def one_life(_: int) -> str:
        with application(root) as (process, started):
            ready.append(process.pid)
            while len(ready) < 2:
                assert process.poll() is None
            process.communicate()
            return started

    ready: list[int] = []
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(one_life, range(2))) == ["none", "postgres,valkey"]
    assert embedded.status(root) == STOPPED
