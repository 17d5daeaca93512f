"""Bring the database to the newest schema."""

import argparse
import asyncio

from app.cli.database import required_url
from migrations import runner


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="heads", help="a revision, or heads")


def work(given: argparse.Namespace) -> int:
    asyncio.run(runner.upgrade(required_url(), given.to))
    return 0
