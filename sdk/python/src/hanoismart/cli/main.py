"""Reads what was typed after `hs`, and calls the command."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hanoismart import __version__
from hanoismart.cli import account, checking, creating, emulating, keys, operating, packing, publishing, watching
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal, language
from hanoismart.text import Text

GROUPS = (creating, emulating, checking, packing, keys, account, publishing, operating, watching)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--json", action="store_true", help="one JSON document (lines of them where something is followed)")
    shared.add_argument("--lang", choices=("vi", "en"), help="language of what is said (HS_LANG)")
    shared.add_argument("--hub", help="address of the hub (HS_HUB, or hub in hs.toml)")
    shared.add_argument("--folder", type=Path, help="the project's folder")
    top = argparse.ArgumentParser(prog="hs", description=__doc__, parents=[shared])
    top.add_argument("--version", action="version", version=f"hs {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.arguments(commands, shared)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; see Exit."""
    given = parser().parse_args(arguments)
    given.hub, given.folder = getattr(given, "hub", None), getattr(given, "folder", Path())
    terminal = Terminal(language(getattr(given, "lang", None)), as_json=getattr(given, "json", False))
    try:
        return int(given.work(given, terminal))
    except CommandFailed as failed:
        return terminal.fail(failed)
    except KeyboardInterrupt:
        return terminal.fail(CommandFailed(Text(vi="Đã dừng", en="Stopped"), exit_code=Exit.FAILED))


def run() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
