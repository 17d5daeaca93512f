"""Gives every test of the repository the same servers and databases, the mini-apps' tests included."""

import os

# Hundreds of tests share one address and one Redis within a minute; the test of the limit sets its own.
os.environ["HANOISMART_OPEN_CALLS_PER_MINUTE"] = "100000"

pytest_plugins = ("tests.support.servers", "tests.support.databases", "tests.support.caches")
