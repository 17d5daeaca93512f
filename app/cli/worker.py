"""Run jobs and schedules."""

import argparse
import asyncio

from app.worker import serve
from hanoismart.server.jobs import LANES
from kernel.settings import settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lanes", default=",".join(LANES), help="which lanes this worker serves, comma separated")


def work(given: argparse.Namespace) -> int:
    lanes = given.lanes.split(",")
    if unknown := set(lanes) - set(LANES):
        raise SystemExit(f"no lane is called {', '.join(sorted(unknown))}")
    asyncio.run(serve(settings(), lanes))
    return 0
