"""Starts the two providers of goal 5 as processes of their own: our web process, and node oidc-provider where there is a node."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
from joserfc.jwk import ECKey

HERE = Path(__file__).parent
PACKAGES = ("oidc-provider@9.13", "ioredis@5")
MODULES = Path(".data") / "bench"


def available() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


def cpu_nanoseconds(pid: int) -> int:
    """CPU time of every thread of a process (Linux), living or waited for."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))


async def _installed(script: str, packages: Sequence[str]) -> Path:
    """The script beside its packages, which are fetched once."""
    folder = MODULES.absolute() / Path(script).stem
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = ("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), *packages)
        process = await asyncio.create_subprocess_exec(*command)
        if await process.wait() != 0:
            raise RuntimeError(f"the packages of {script} could not be installed")
    shutil.copy(HERE / script, folder)
    return folder / script


@asynccontextmanager
async def node_peer(script: str, packages: Sequence[str], environment: Mapping[str, str], port: int) -> AsyncIterator[int]:
    """The process id of a node script, while it listens."""
    program = str(await _installed(script, packages))
    process = await asyncio.create_subprocess_exec("node", program, env=environment, stdout=asyncio.subprocess.DEVNULL)
    try:
        await _ready(f"http://127.0.0.1:{port}", process)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def oidc_provider(port: int, redis_socket: str, client_key: ECKey, redirect: str) -> AsyncIterator[int]:
    """Its process id, while it listens."""
    key = ECKey.generate_key("P-256", {"kid": "node", "use": "sig", "alg": "ES256"}, private=True)
    environment = os.environ | {
        "PORT": str(port),
        "REDIS_SOCKET": redis_socket,
        "KEYS": orjson.dumps({"keys": [key.as_dict(private=True)]}).decode(),
        "CLIENT_KEYS": orjson.dumps({"keys": [client_key.as_dict(private=False)]}).decode(),
        "REDIRECT": redirect,
        "NODE_ENV": "production",
    }
    async with node_peer("oidc_provider.mjs", PACKAGES, environment, port) as pid:
        yield pid


async def _ready(base: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(200):
            if process.returncode is not None:
                raise RuntimeError("the peer did not start")
            try:
                if (await http.get(f"{base}/.well-known/openid-configuration")).is_success:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
    raise RuntimeError("the peer is not ready")
