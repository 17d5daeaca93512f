"""Seed the demo city, or play the main story against a running hub."""

import argparse
import asyncio

from kernel.settings import UnsafeSettings, settings

ALREADY = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    actions.add_parser("seed", help=f"invented residents, places, posts and groups; exit code {ALREADY} when they are there already")
    actions.add_parser("citizens", help="the twenty test citizens alone, for a sandbox that developers try their apps in")
    story = actions.add_parser("story", help="play the main story by public HTTP only")
    story.add_argument("--url", help="where the hub is; the public address of the settings when left out")


def work(given: argparse.Namespace) -> int:
    if settings().environment == "production":
        raise UnsafeSettings("the demo never meets real people")
    if given.action == "seed":
        from app.demo.seed import seed

        return 0 if asyncio.run(seed()) else ALREADY
    if given.action == "citizens":
        from app.demo.seed import citizens

        print(f"{asyncio.run(citizens())} test citizens were made.")
        return 0
    from app.demo.story import play

    return asyncio.run(play(given.url or settings().public_url))
