"""A mini-app's backend in any framework: who opened the app, who calls, what the hub says, and what the app asks of the hub."""

from hanoismart.miniapp.app import LaunchRefused, MiniApp
from hanoismart.miniapp.once import MemoryOnce, Once, Taken
from hanoismart.miniapp.people import AssertionRefused, ScopesMissing, User
from hanoismart.miniapp.receiving import Handler, Receiver

__all__ = [
    "AssertionRefused",
    "Handler",
    "LaunchRefused",
    "MemoryOnce",
    "MiniApp",
    "Once",
    "Receiver",
    "ScopesMissing",
    "Taken",
    "User",
]
