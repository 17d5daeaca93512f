"""Goals 10 and 15: how fast a clone stands, and how much memory it takes."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx

from bench.measuring import Line

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".data", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".pytest_cache")


async def measure() -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="hs-bench-") as folder:
        clone = Path(folder) / "clone"
        shutil.copytree(ROOT, clone, ignore=LEFT_OUT)
        first, memory = await _start(clone, weigh=False)
        later, memory = await _start(clone, weigh=True)
    return [
        Line("10", "a clone: servers, schema and ready (packages installed)", f"{first:.1f} s", "≤ 5 s"),
        Line("10", "a later start", f"{later:.1f} s", "≤ 2 s"),
        Line("15", "memory of web and worker, idle", f"{memory / 1024:.0f} MB", "< 400 MB"),
    ]


async def _start(clone: Path, *, weigh: bool) -> tuple[float, int]:
    """Seconds until ready, and kilobytes of web and worker together some seconds later."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220 (its start is what is measured, and nothing else runs here)
        [sys.executable, "-m", "app", "run", "--no-demo", "--port", "18000"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("HANOISMART_")},
    )
    try:
        seconds = await asyncio.to_thread(_until_running, process, began)
        if not weigh:
            return seconds, 0
        await asyncio.sleep(3)
        return seconds, sum(_kilobytes(child) for child in _children(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)


def _until_running(process: subprocess.Popen[str], began: float) -> float:
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"http://localhost:\d+", line):
            httpx.get(found.group().replace("localhost", "127.0.0.1") + "/ready").raise_for_status()
            return time.perf_counter() - began
    raise RuntimeError("the clone did not start")


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split() if _is_ours(int(pid))]


def _is_ours(pid: int) -> bool:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return b"web" in command or b"worker" in command


def _kilobytes(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found.group(1)) if found else 0
