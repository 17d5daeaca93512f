"""Gives every test of the repository the same servers and databases, the mini-apps' tests included."""

pytest_plugins = ("tests.support.servers", "tests.support.databases", "tests.support.caches")
