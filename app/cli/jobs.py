"""List jobs that failed for good, and run them again."""

import argparse
import asyncio

from app.cli.database import open_database
from kernel.dead_jobs import dead_jobs, replay


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    actions.add_parser("dead", help="list held jobs")
    again = actions.add_parser("replay", help="queue held jobs again")
    again.add_argument("id", type=int, nargs="*", help="ids of the list; none means all")


def work(given: argparse.Namespace) -> int:
    return asyncio.run(_list() if given.action == "dead" else _replay(given.id))


async def _list() -> int:
    async with open_database() as database, database.session() as session:
        for job in await dead_jobs(session):
            print(f"{job.id}\t{job.name}\t{job.attempts} attempts\t{job.failed_at.isoformat()}\t{job.cause or ''}")
    return 0


async def _replay(ids: list[int]) -> int:
    async with open_database() as database, database.transaction() as session:
        chosen = ids or [job.id for job in await dead_jobs(session, limit=10_000)]
        print(f"{await replay(session, chosen)} jobs are queued again.")
    return 0
