"""A request's address, coarse enough for budgets."""

import pytest
from starlette.requests import Request

from kernel import settings as kernel_settings
from kernel.http import address


def request(host: str | None, forwarded: str | None = None) -> Request:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return Request({"type": "http", "headers": headers, "client": None if host is None else (host, 1)})


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("a.unix.socket", "unknown"),
    ],
)
def test_the_address_of_a_household(host: str | None, found: str) -> None:
    assert address.address_of(request(host)) == found


def test_a_forwarded_address_is_believed_behind_a_trusted_proxy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = request("198.51.100.1", "192.0.2.66, 203.0.113.7")
    assert address.address_of(forged) == "198.51.100.1"
    monkeypatch.setattr(address, "settings", lambda: kernel_settings.Settings(trust_proxy=True))
    assert address.address_of(forged) == "203.0.113.7"  # what the nearest proxy wrote; the rest is the caller's word
