"""`hs dev` as a process: two origins, production's policy, the real gateway, the app's backend, and every switch."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hanoismart import origins
from hanoismart.cli import creating
from hanoismart.cli.main import main

APP = "vn.example.greetings"


@dataclass
class Dev:
    """A running emulator."""

    folder: Path
    base: str
    err: Path

    def control(self, name: str, status: int = 200, **asked: Any) -> Any:
        response = httpx.post(f"{self.base}/emulator/{name}", json=asked, timeout=20)
        assert response.status_code == status, response.text
        return response.json()

    def page(self, path: str) -> httpx.Response:
        port = self.base.rsplit(":", 1)[1]
        host = f"{origins.label(APP)}.apps.localhost:{port}"
        return httpx.get(f"{self.base}{path}", headers={"Host": host}, timeout=20)

    def call(self, token: str | None, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, f"{self.base}/v1/gw/{APP}{path}", headers=headers, timeout=20, **options)

    def opened(self, number: int = 1) -> Any:
        self.control("consent", citizen=number, granted=["profile.name", "notifications.send"])
        return self.control("open", citizen=number)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    folder = tmp_path_factory.mktemp("dev") / "greetings"
    creating.create(folder, "full", APP)
    port = free_port()
    command = [sys.executable, "-m", "hanoismart.cli.main", "dev", "--port", str(port), "--json"]
    err = folder.parent / "err.txt"
    with err.open("w") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | {"HS_LANG": "en"}
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, err.read_text()
            yield Dev(folder, json.loads(line)["url"], err)
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()


def test_the_app_lives_on_an_origin_of_its_own_under_productions_policy(dev: Dev) -> None:
    page = dev.page("/v/dev/index")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert f"frame-ancestors {dev.base}" in policy
    assert f"connect-src 'self' {dev.base}/v1/gw/{APP}/" in policy
    assert "script-src 'self';" in policy
    assert dev.page("/v/dev/hs/bridge.js").headers["content-type"].startswith("text/javascript")
    for path in ("/v/dev/../hs.toml", "/v/dev/%2e%2e/hs.toml", "/v/dev/nothing", "/emulator/state", "/v1/gw/x/y"):
        assert dev.page(path).status_code == 404, path
    host = httpx.get(dev.base)
    assert origins.label(APP) in host.headers["content-security-policy"]
    assert "'unsafe-inline'" not in host.headers["content-security-policy"]
    assert httpx.get(dev.base, headers={"Host": "evil.example"}).status_code == 421


def test_no_other_page_may_use_the_emulator(dev: Dev) -> None:
    response = httpx.post(f"{dev.base}/emulator/state", json={}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert dev.control("nothing", status=404)["code"] == "emulator.unknown"


def test_a_citizen_is_asked_in_the_manifests_words_and_then_calls_the_backend(dev: Dev) -> None:
    refused = dev.control("open", status=409, citizen=2)
    assert [one["scope"] for one in refused["scopes"]] == ["profile.name", "notifications.send"]
    assert refused["scopes"][0]["purpose"]["en"] == "To greet you by your name"
    opened = dev.opened(2)
    assert opened["claims"]["sub"] == opened["sub"]
    assert dev.call(opened["token"], "POST", "/greetings", json={"name": "Minh", "text": "Chào"}).status_code == 201
    listed = dev.call(opened["token"], "GET", "/greetings")
    assert listed.json()["items"][-1]["text"] == "Chào"
    assert listed.headers["access-control-allow-origin"].endswith(dev.base.rsplit(":", 1)[1])
    assert "ratelimit" in listed.headers
    answered = dev.opened(3)
    assert dev.call(answered["token"], "POST", "/greetings", json={"name": "Anna", "text": "Hello"}).json()["told"] >= 1
    assert dev.control("state")["notifications"][-1]["vi"] == "Anna đã đáp lại lời chào"


def test_nobody_passes_the_gateway_without_a_token(dev: Dev) -> None:
    assert dev.call(None, "GET", "/greetings").json()["code"] == "gateway.token_required"
    assert dev.call(None, "GET", "/about").json()["signed_in"] is False
    assert httpx.get(f"{dev.base}/v1/gw/vn.example.other/x").status_code == 404
    assert httpx.options(f"{dev.base}/v1/gw/{APP}/greetings").status_code == 204
    assert httpx.post(f"{dev.base}/v1/backend/notifications", json={}).json()["code"] == "access.token_refused"


def test_a_missing_scope_fails_and_says_which_line_to_add(dev: Dev) -> None:
    told = dev.control("ask", citizen=1, scopes=["phone"])
    assert told["missing"] == ["phone"]
    assert json.loads(told["add"][0])["scope"] == "phone"
    deadline = time.monotonic() + 5
    while '+ {"scope": "phone"' not in dev.err.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert '+ {"scope": "phone"' in dev.err.read_text()
    refused = dev.control("refused", method="geo.get", code=-32003, missing="location.fine, location.coarse")
    assert [json.loads(line)["name"] for line in refused["add"]] == ["location.fine", "location.coarse"]


def test_a_message_reaches_the_backend_signed_and_a_repetition_changes_nothing(dev: Dev) -> None:
    opened = dev.opened(4)
    dev.call(opened["token"], "POST", "/greetings", json={"name": "Hòa", "text": "bốn"})
    sent = dev.control("webhook", type="account.erased", data={"sub": opened["sub"]})
    assert sent["status"] == 204
    assert dev.control("webhook", id=sent["id"], type="account.erased")["status"] == 204
    other = dev.opened(5)
    assert all(one["text"] != "bốn" for one in dev.call(other["token"], "GET", "/greetings").json()["items"])


def test_what_the_page_keeps_is_kept_within_bounds(dev: Dev) -> None:
    dev.opened(1)
    assert dev.control("storage", citizen=1, verb="set", entries={"a": [1, 2]})["size"] > 0
    assert dev.control("storage", citizen=1, verb="get", keys=["a", "b"])["entries"] == {"a": [1, 2]}
    assert dev.control("storage", citizen=2, verb="get", keys=["a"])["entries"] == {}
    assert dev.control("storage", status=413, citizen=1, verb="set", entries={"x": "y" * 70_000})["code"].endswith("too_large")
    assert dev.control("storage", citizen=1, verb="remove", keys=["a"])["size"] == 0
    assert dev.control("storage", citizen=1, verb="info")["keys"] == []


def test_a_slow_network_is_slow_and_the_kill_switch_kills(dev: Dev) -> None:
    opened = dev.opened(1)
    dev.control("slow", ms=300)
    began = time.monotonic()
    assert dev.call(opened["token"], "GET", "/about").is_success
    assert time.monotonic() - began >= 0.3
    dev.control("slow", ms=0)
    assert dev.control("kill", on=True) == {"suspended": True}
    try:
        assert dev.call(opened["token"], "GET", "/greetings").json()["code"] in {"gateway.token_outdated", "gateway.app_suspended"}
        assert dev.page("/v/dev/index").status_code == 410
        assert dev.control("open", status=409, citizen=1)["code"] == "suspended"
    finally:
        dev.control("kill", on=False)
    assert dev.call(opened["token"], "GET", "/greetings").json()["code"] == "gateway.token_outdated"
    assert dev.call(dev.opened(1)["token"], "GET", "/greetings").is_success


def test_a_change_reloads_the_page_and_a_broken_manifest_is_shown(dev: Dev) -> None:
    manifest = dev.folder / "app" / "manifest.json"
    good = manifest.read_text()
    with httpx.stream("GET", f"{dev.base}/emulator/events", timeout=20) as events:
        lines = events.iter_lines()
        assert next(lines) == ": ready"
        document = json.loads(good)
        manifest.write_text(json.dumps(document | {"name": ""}))
        told = next(json.loads(line[6:]) for line in lines if line.startswith("data: ") and '"reload"' in line)
    assert told["findings"][0]["rule"] == "HS1016"
    manifest.write_text(good)
    deadline = time.monotonic() + 10
    while dev.control("state")["findings"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert dev.control("state")["findings"] == []


def test_a_taken_port_is_said_so(dev: Dev, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev", "--folder", str(dev.folder), "--port", dev.base.rsplit(":", 1)[1], "--lang", "en"]) == 1
    assert "is taken" in capsys.readouterr().err
