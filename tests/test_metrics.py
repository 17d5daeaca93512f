"""Who may read the operating figures."""

import pytest
from starlette.requests import Request

from app import probes
from kernel.settings import Settings


def _may_read(monkeypatch: pytest.MonkeyPatch, chosen: Settings, peer: str = "127.0.0.1", **headers: str) -> bool:
    monkeypatch.setattr(probes, "settings", lambda: chosen)
    sent = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return probes._may_read(Request({"type": "http", "headers": sent, "client": (peer, 1)}))


def test_without_a_token_only_this_machine_reads_and_never_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Settings(_env_file=None, environment="test")
    assert _may_read(monkeypatch, plain)
    assert not _may_read(monkeypatch, plain, "203.0.113.7")
    for name in ("x_forwarded_for", "forwarded", "x_real_ip", "via"):
        assert not _may_read(monkeypatch, plain, **{name: "203.0.113.7"})
    for update in ({"trust_proxy": True}, {"environment": "production"}):
        assert not _may_read(monkeypatch, plain.model_copy(update=update))


def test_a_token_is_compared_whatever_letters_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Settings(_env_file=None, environment="test", metrics_token="t" * 32)
    assert _may_read(monkeypatch, guarded, authorization=f"Bearer {'t' * 32}")
    assert not _may_read(monkeypatch, guarded, authorization="Bearer é")
