"""Write the OpenAPI document to sdk/spec/openapi.json, or check that it is current."""

import argparse
from pathlib import Path

import orjson

from app.shell import openapi

TARGET = Path("sdk/spec/openapi.json")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only compare")


def written() -> bytes:
    """The document as it stands in the repository."""
    return orjson.dumps(openapi.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def work(given: argparse.Namespace) -> int:
    if given.check:
        current = TARGET.exists() and TARGET.read_bytes() == written()
        print("The document is current." if current else "The document is stale: run `python -m app openapi`.")
        return 0 if current else 1
    TARGET.write_bytes(written())
    return 0
