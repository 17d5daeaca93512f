"""The commands of `python -m app`, one file each; `--help` lists them."""

import argparse
import importlib
from collections.abc import Sequence

COMMANDS = (
    "run",
    "web",
    "worker",
    "migrate",
    "admin",
    "specimen",
    "trust",
    "demo",
    "jobs",
    "keys",
    "trail",
    "reference",
    "settings",
    "secrets",
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    # A command's module brings half the house with it: only the one asked for is loaded, all of them only to be listed.
    for name in arguments[:1] if set(arguments[:1]) <= set(COMMANDS) and arguments else COMMANDS:
        module = importlib.import_module(f"app.cli.{name}")
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(work=module.work)
    given = parser.parse_args(arguments)
    return int(given.work(given) or 0)
