"""Tests of a mini-app without a network: the pytest fixture `hs_host`, and the host behind it for other test frameworks."""

from hanoismart.testing.host import Host, Page

__all__ = ["Host", "Page"]
