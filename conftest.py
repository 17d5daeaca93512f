"""Gives every test of the repository the same servers and databases, the mini-apps' tests included."""

import os

import pytest

# Hundreds of tests share one address and one Redis within a minute; the test of the limit sets its own.
os.environ["HANOISMART_OPEN_CALLS_PER_MINUTE"] = "100000"

pytest_plugins = ("tests.support.servers", "tests.support.databases", "tests.support.caches")

# They take minutes: begun first, none of them keeps one worker busy when the others have long finished.
LONGEST = ("tests/live/test_stranger.py", "tests/live/test_contract.py", "tests/app/test_run.py", "tests/social/test_visibility.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories come first, in whatever order the rest is drawn."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
