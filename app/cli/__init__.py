"""The commands of `python -m app`, one file each; `--help` lists them."""

import argparse
from collections.abc import Sequence

from app.cli import admin, demo, jobs, migrate, reference, run, settings, specimen, trail, web, worker

COMMANDS = (run, web, worker, migrate, admin, specimen, demo, jobs, trail, reference, settings)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1]
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(work=module.work)
    given = parser.parse_args(arguments)
    return int(given.work(given) or 0)
