"""Start everything on this machine: servers, schema, demo city, web and worker; then keep serving. For development."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from app.cli import schema
from kernel import embedded
from kernel.settings import settings

HOST = "127.0.0.1"
FIRST_PORT = 8000
READY_SECONDS = 60
PATIENCE = 15


class DidNotStart(Exception):
    """A process of the house ended before it was ready."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="the first port to try")
    parser.add_argument("--no-demo", action="store_true", help="no invented residents and no story")


def work(given: argparse.Namespace) -> int:
    if settings().environment == "production":
        sys.stderr.write("`run` is for development; production starts `web` and `worker` (docs/operators).\n")
        return 2
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(given))
    return 0


async def _run(given: argparse.Namespace) -> int:
    port = free_port(given.port)
    if port != given.port:
        print(f"Port {given.port} is taken; using {port}.")
    quiet = {"HANOISMART_LOG_REQUESTS": os.environ.get("HANOISMART_LOG_REQUESTS", "false")}  # the story's table stays readable
    environment = os.environ | _servers() | quiet | {"HANOISMART_PUBLIC_URL": f"http://localhost:{port}"}
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        if not given.no_demo:
            from app.demo.world import fakes

            environment |= await stack.enter_async_context(fakes(port))
        if not await schema.is_current(environment["HANOISMART_DATABASE_URL"]):
            await _finish("migrate", environment)
        web = await stack.enter_async_context(_process(environment, "web", "--host", HOST, "--port", str(port)))
        worker = await stack.enter_async_context(_process(environment, "worker"))
        await _ready(port, web)
        print(f"\nHanoiSmart is running: http://localhost:{port}  (API: /docs, stop with Ctrl-C)\n", flush=True)
        if not given.no_demo and await _seeded(environment):
            await _finish("demo", environment, "story", check=False)
        return await _until_stopped(stopped, web, worker)


def _servers() -> dict[str, str]:
    """URLs of PostgreSQL and Redis: those of the settings, else the checkout's own, started now and stopped with us."""
    chosen = settings()
    if chosen.database_url and chosen.redis_url:
        return {"HANOISMART_DATABASE_URL": chosen.database_url, "HANOISMART_REDIS_URL": chosen.redis_url}
    servers = embedded.start(Path.cwd())
    return {
        "HANOISMART_DATABASE_URL": chosen.database_url or servers.database_url,
        "HANOISMART_REDIS_URL": chosen.redis_url or servers.redis_url,
    }


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens at. Raises OSError when a hundred are taken."""
    for port in range(first, first + 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise OSError(f"no free port from {first} on")


@contextlib.asynccontextmanager
async def _process(environment: dict[str, str], *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command of ours as a process in a session of its own, ended in order when the block ends."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "app", *command, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _finish(command: str, environment: dict[str, str], *rest: str, check: bool = True) -> int:
    """Run a command of ours to its end. Raises DidNotStart when it fails and `check` is set."""
    async with _process(environment, command, *rest) as process:
        code = await process.wait()
    if check and code != 0:
        raise DidNotStart(command)
    return code


async def _seeded(environment: dict[str, str]) -> bool:
    """Seed the demo city; True when the database was new."""
    return await _finish("demo", environment, "seed", check=False) == 0


async def _ready(port: int, web: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(timeout=1) as client, asyncio.timeout(READY_SECONDS):
        while True:
            if web.returncode is not None:
                raise DidNotStart("web")
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"http://{HOST}:{port}/ready")).is_success:
                    return
            await asyncio.sleep(0.1)


async def _until_stopped(stopped: asyncio.Event, *processes: asyncio.subprocess.Process) -> int:
    """Serve until asked to stop (0) or until a process of the house ends by itself (1)."""
    waits = [asyncio.create_task(stopped.wait()), *(asyncio.create_task(process.wait()) for process in processes)]
    done, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return 0 if waits[0] in done else 1
