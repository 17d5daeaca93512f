"""Runs a stand-in on a free local port for as long as a block lasts."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from kernel.settings import UnsafeSettings, settings


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process that runs the block keeps its own signal handlers."""
        yield


def refuse_in_production() -> None:
    """Raises UnsafeSettings."""
    if settings().environment == "production":
        raise UnsafeSettings("stand-ins for outside parties do not run in production")


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, *, port: int = 0, certificate: Path | None = None) -> AsyncIterator[str]:
    """The address of the running app, over TLS with a certificate whose key stands in the same file.

    Raises UnsafeSettings in production, OSError when the port is taken.
    """
    refuse_in_production()
    with socket.create_server(("127.0.0.1", port)) as listener:
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=1, ssl_certfile=certificate)
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if task.done():
                    await task
                await asyncio.sleep(0.005)
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
