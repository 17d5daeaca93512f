"""Runs a mini-app's backend over HTTP, its worker beside it: `python -m hanoismart.server run miniapps.parking.server:backend`."""

import argparse
import asyncio
import importlib
import signal
import sys
from contextlib import suppress

import uvicorn

from hanoismart.server.miniapp import Backend, MiniAppSettings, Mounted, mount


def found(name: str) -> Backend:
    """The Backend a `module:name` names. Raises SystemExit where there is none."""
    module, _, attribute = name.partition(":")
    miniapp = getattr(importlib.import_module(module), attribute or "backend", None)
    if not isinstance(miniapp, Backend):
        raise SystemExit(f"{name} is no Backend")
    return miniapp


async def serve(mounted: Mounted, host: str, port: int) -> None:
    """Migrate, then serve and work until a signal comes."""
    await mounted.migrate()
    server = uvicorn.Server(uvicorn.Config(mounted.app, host=host, port=port, lifespan="off", log_level="warning", access_log=False))
    working = asyncio.create_task(mounted.worker.run())
    try:
        await server.serve()
    finally:
        mounted.worker.stop()
        await working
        await mounted.close()


def main(arguments: list[str] | None = None) -> int:
    """0 after a clean stop; settings come from the environment (MiniAppSettings)."""
    parser = argparse.ArgumentParser(prog="python -m hanoismart.server", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="serve a backend and run its jobs")
    run.add_argument("backend", help="module:name of a Backend")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=8100)
    chosen = parser.parse_args(arguments)
    try:
        settings = MiniAppSettings.from_environment()
    except KeyError as missing:
        sys.stderr.write(f"{missing.args[0]} is not set\n")
        return 2
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        asyncio.run(serve(mount(found(chosen.backend), settings), chosen.host, chosen.port))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
