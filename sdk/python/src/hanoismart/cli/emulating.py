"""`hs dev`: starts the emulator for this project, and its backend beside it."""

import argparse
import os
from typing import Any

from hanoismart.cli.project import load
from hanoismart.cli.terminal import Exit, Terminal
from hanoismart.text import Text


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    dev = commands.add_parser("dev", parents=[shared], help="run the app in the emulator, offline")
    dev.add_argument("--port", type=int, default=int(os.environ.get("HS_DEV_PORT", "5173")), help="HS_DEV_PORT, else 5173")
    dev.add_argument("--backend", help="address of a backend that runs already; else hs.toml says how to start it")
    dev.set_defaults(work=emulate)


def emulate(given: argparse.Namespace, terminal: Terminal) -> int:
    from hanoismart.emulator.serving import run  # the server's libraries are taken only where they are needed

    project = load(given.folder, given.hub)
    manifest = project.manifest

    def ready(address: str) -> None:
        told = {"url": address, "app_id": manifest.app_id}
        terminal.give(told, Text(vi="Mở {url} (Ctrl+C để dừng)", en="Open {url} (Ctrl+C ends it)").format(url=address))

    run(project, port=given.port, backend_url=given.backend or project.backend.url, ready=ready)
    return Exit.DONE
