"""Runs the emulator: the server, the app's own backend beside it, and an eye on the files of both."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import uvicorn

from hanoismart import tokens
from hanoismart.cli.project import Project
from hanoismart.cli.terminal import CommandFailed
from hanoismart.emulator.house import House, stamp
from hanoismart.emulator.site import site
from hanoismart.text import Text

_LOOK = 0.5  # seconds between two looks at the files
_CODE = frozenset({".py", ".toml"})


def run(project: Project, *, port: int, backend_url: str | None, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl+C. Raises CommandFailed where the port is taken or the manifest does not hold."""
    # Ending us by a signal ends the backend, too: it is a process of its own and would stay.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(project, port, backend_url, ready))


async def _serve(project: Project, port: int, backend_url: str | None, ready: Callable[[str], None]) -> None:
    _check_free(port)
    with TemporaryDirectory(prefix="hs-dev-") as folder:
        backend = _Backend(project, port, Path(folder)) if backend_url is None and project.backend.command else None
        house = House(project, port, backend.url if backend else backend_url)
        config = uvicorn.Config(
            site(house), host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        if backend is not None:
            await backend.start(house.superapp.webhook_secret)
        watching = asyncio.create_task(_watch(house, backend))
        telling = asyncio.create_task(_tell_terminal(house))
        serving = asyncio.create_task(server.serve())
        try:
            await _answers(house.origin, serving)
            ready(house.origin)
            await serving
        finally:
            for task in (watching, telling):
                task.cancel()
            if backend is not None:
                await backend.stop()


def _check_free(port: int) -> None:
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError as taken:
        words = Text(vi="Cổng {port} đang dùng: chọn cổng khác bằng --port", en="Port {port} is taken: choose another with --port")
        raise CommandFailed(words.format(port=port)) from taken


async def _answers(origin: str, serving: "asyncio.Task[None]") -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        while not serving.done():
            with suppress(httpx.HTTPError):
                if (await http.get(f"{origin}/v1/dev/environment")).is_success:
                    return
            await asyncio.sleep(0.05)


async def _watch(house: House, backend: "_Backend | None") -> None:
    """Reload pages when the app's files change, and start the backend again when its code does."""
    before = house.stamp()
    code = stamp(house.project.backend.folder, _CODE) if backend else ()
    while True:
        await asyncio.sleep(_LOOK)
        if (now := await asyncio.to_thread(house.stamp)) != before:
            before = now
            house.reload()
        if backend is not None:
            seen = await asyncio.to_thread(stamp, house.project.backend.folder, _CODE)
            if seen != code:
                code = seen
                await backend.stop()
                await backend.start(house.superapp.webhook_secret)
                house.tell("reload", findings=[])


async def _tell_terminal(house: House) -> None:
    """A missing line of the manifest is printed where the developer looks."""
    async for told in house.listen():
        if told.get("add"):
            sys.stderr.write(f"manifest.json: {told.get('missing')}\n" + "".join(f"  + {line}\n" for line in told["add"]))
            sys.stderr.flush()


@dataclass
class _Backend:
    """The app's backend as a process of its own, told where the emulator is and by which key it is known."""

    project: Project
    hub_port: int
    folder: Path
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self, secret: str) -> None:
        """Start it and wait until it listens. Raises CommandFailed where it ends instead."""
        key = self.folder / "backend.jwk"
        key.touch(mode=0o600)
        key.write_text(json.dumps(tokens.new_key().as_dict(private=True)), encoding="utf-8")
        hub = f"http://localhost:{self.hub_port}"
        told = {"HS_HUB_URL": hub, "HS_ISSUER": hub, "HS_KEY_FILE": str(key), "HS_WEBHOOK_SECRETS": secret, "PORT": str(self.port)}
        command = [part.replace("{port}", str(self.port)) for part in self.project.backend.command]
        if command[0] == "python":
            command[0] = sys.executable
        self.process = await asyncio.create_subprocess_exec(
            *command, cwd=self.project.backend.folder, env=os.environ | told, start_new_session=True
        )
        for _ in range(200):
            if self.process.returncode is not None:
                words = Text(vi="Backend đã dừng với mã {code}", en="The backend ended with code {code}")
                raise CommandFailed(words.format(code=self.process.returncode))
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End it in order, or after five seconds without."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
