"""`hs` against a small hub on a real socket: signing in, uploads that break, an exit code for every end of a publication."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hanoismart.cli import creating, keeping, publishing
from hanoismart.cli.hubs import HubClient
from hanoismart.cli.main import main

APP = "vn.example.first"
MESSAGE = "0194f0a0-0000-7000-8000-000000000001"


class SmallHub:
    """Answers by a table of (method, path); what was asked is kept. `cut` breaks the line after so many bytes of an upload."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.states: list[str] = []
        self.device: list[tuple[int, dict[str, Any]]] = []
        self.refused: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.uploaded = b""
        self.cut = 0
        self.report: dict[str, Any] = {"runs": []}

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        path, _, query = path.partition("?")
        told = body if path.startswith("/v1/uploads") else json.loads(body) if body[:1] == b"{" else query or body.decode()
        self.asked.append((method, path, told))
        if (method, path) in self.refused:
            return *self.refused[method, path], {}
        if path.startswith("/v1/uploads"):
            return self.upload(method, headers, body)
        if path == "/oauth/token":
            return *(self.device.pop(0) if self.device else (200, tokens_of("fresh"))), {}
        return (202 if path.endswith("/versions") else 200), self.document(method, path), {}

    def document(self, method: str, path: str) -> dict[str, Any]:
        state = (self.states.pop(0) if len(self.states) > 1 else self.states[0]) if path.endswith("/versions/1") else "submitted"
        version = {"code": 1, "name": "0.1.0", "state": state, "rounds": []}
        shown = {"user_code": "BBBB-CCCC", "verification_uri": "http://hub/oauth/device", "verification_uri_complete": "http://hub/x"}
        return {
            ("POST", "/oauth/device_authorization"): {"device_code": "d", "expires_in": 600, "interval": 0, **shown},
            ("GET", "/v1/dev/environment"): {"environment": "sandbox", "issuer": "http://hub"},
            ("POST", f"/v1/dev/apps/{APP}/versions"): version,
            ("GET", f"/v1/dev/apps/{APP}/versions/1"): version,
            ("GET", f"/v1/dev/apps/{APP}/versions/1/report"): self.report,
            ("GET", "/v1/dev/organisations"): {"items": [{"id": "o1", "name_vi": "Ví dụ", "name_en": "Example"}]},
        }.get((method, path), {"items": [], "state": "verified"})

    def upload(self, method: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        if method == "POST":
            assert headers["tus-resumable"] == "1.0.0"
            return 201, {}, {"Location": "/v1/uploads/u1"}
        if method == "HEAD":
            return 200, {}, {"Upload-Offset": str(len(self.uploaded))}
        if int(headers["upload-offset"]) != len(self.uploaded):
            return 409, {"code": "uploads.offset_wrong"}, {}
        if self.cut:
            self.uploaded += body[: self.cut]
            self.cut = 0
            raise ConnectionAbortedError
        assert headers["upload-checksum"] == f"sha256 {b64encode(sha256(body).digest()).decode()}"
        self.uploaded += body
        return 204, {}, {"Upload-Offset": str(len(self.uploaded))}


def tokens_of(name: str) -> dict[str, Any]:
    return {"access_token": name, "refresh_token": f"r-{name}", "expires_in": 300}


def handler(hub: SmallHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                status, document, headers = hub.answer(self.command, self.path, self.headers, body)
            except ConnectionAbortedError:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            content = b"" if status == 204 or self.command == "HEAD" else json.dumps(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = do_DELETE = _serve  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub()


@pytest.fixture
def base(hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("HS_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("HS_LANG", "en")
    monkeypatch.setattr(publishing, "_POLL", 0.01)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(hub))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HS_HUB", url)
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def app(base: str, tmp_path: Path) -> Path:
    """A project whose developer is signed in and has one key."""
    creating.create(tmp_path / "first", "web", APP)
    keeping.new_key("work")
    with HubClient(base) as client:
        client.sign_in(lambda _: None, wait=lambda _: None)
    return tmp_path / "first"


Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def hs(app: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, Any]:
        code = main([*arguments, "--json", "--folder", str(app)])
        lines = capsys.readouterr().out.strip().splitlines()
        return code, json.loads(lines[-1]) if lines else None

    return run


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (["submitted", "in_review", "approved"], 0),
        (["live"], 0),
        (["submitted", "auto_failed"], 3),
        (["in_review", "rejected"], 4),
        (["revoked"], 5),
    ],
)
def test_every_end_of_a_publication_has_its_exit_code(hs: Run, hub: SmallHub, states: list[str], code: int) -> None:
    hub.states = states
    finding = {"ruleId": "HS2101", "level": "error", "message": {"vi": "Sai", "en": "Wrong"}, "location": {"file": "index.html", "line": 3}}
    hub.report = {"runs": [{"results": [finding | {"fix": {"vi": "Sửa", "en": "Mend"}}]}]}
    ended, told = hs("publish", "--wait")
    assert (ended, told["state"]) == (code, states[-1])
    assert told["findings"][0] | {"fix": {}} == {
        "rule": "HS2101", "pointer": "", "vi": "Sai", "en": "Wrong", "fix": {}, "file": "index.html", "line": 3, "level": "error",
    }  # fmt: skip


def test_a_decision_that_does_not_come_is_an_end_too(hs: Run, hub: SmallHub) -> None:
    hub.states = ["in_review"]
    assert hs("publish", "--wait", "--timeout", "0")[0] == 6
    assert hs("publish", "--wait", "--until", "review")[0] == 0


def test_an_upload_goes_on_where_the_line_broke(hs: Run, hub: SmallHub, app: Path) -> None:
    hub.states, hub.cut = ["approved"], 700
    assert hs("publish", "--wait")[0] == 0
    assert hub.uploaded == (app / "dist" / f"{APP}-1.hsapp").read_bytes()
    assert [method for method, path, _ in hub.asked if path == "/v1/uploads/u1"] == ["PATCH", "PATCH", "HEAD", "PATCH"]


def test_what_the_hub_refuses_for_good_is_not_sent_again(hs: Run, hub: SmallHub) -> None:
    hub.refused["PATCH", "/v1/uploads/u1"] = (422, {"code": "uploads.content_refused", "title": "No zip"})
    code, told = hs("publish")
    assert (code, told["error"]["code"]) == (1, "uploads.content_refused")
    assert sum(method == "PATCH" for method, _, _ in hub.asked) == 1


def test_an_unsigned_package_is_not_even_sent(hs: Run, hub: SmallHub, app: Path) -> None:
    assert hs("pack")[0] == 0
    hub.asked.clear()
    assert hs("publish", str(app / "dist" / f"{APP}-1.hsapp"))[0] == 1
    assert hub.asked == []


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([(400, {"error": "authorization_pending"}), (400, {"error": "slow_down"}), (200, tokens_of("first"))], 0),
        ([(400, {"error": "access_denied"})], 1),
        ([(400, {"error": "expired_token"})], 1),
    ],
)
def test_signing_in_waits_as_it_is_told(hs: Run, hub: SmallHub, answers: list[tuple[int, dict[str, Any]]], code: int) -> None:
    hub.device = answers
    assert hs("login")[0] == code


def test_a_refused_token_is_renewed_and_a_dead_sign_in_is_forgotten(hs: Run, hub: SmallHub, base: str) -> None:
    hub.refused["GET", "/v1/dev/organisations"] = (401, {"code": "access.token_refused"})
    hub.device = [(200, tokens_of("second"))]
    assert hs("org", "list")[0] == 7
    assert keeping.session(base) is not None
    hub.device = [(400, {"error": "invalid_grant"})]
    assert hs("org", "list")[0] == 7
    assert keeping.session(base) is None
    assert hs("org", "list")[0] == 7
    assert hs("logout")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "method", "path", "body"),
    [
        (("rollout", "5%"), "PUT", "rollout", {"version_code": 1, "stage": "canary", "percent": 5}),
        (("rollout", "live", "--version-code", "7"), "PUT", "rollout", {"version_code": 7, "stage": "live"}),
        (
            ("rollout", "whitelist", "--people", "+84900000001, k1.x"),
            "PUT",
            "rollout",
            {"version_code": 1, "stage": "whitelist", "people": ["+84900000001", "k1.x"]},
        ),
        (("rollback",), "POST", "rollback", {}),
        (("unpublish",), "POST", "unpublish", {}),
        (("republish",), "POST", "publish", {}),
        (("withdraw", "3"), "POST", "versions/3/withdraw", {}),
        (("revoke", "3"), "POST", "versions/3/revoke", {}),
        (("appeal", "3", "--text", "Xin xem lại"), "POST", "versions/3/appeal", {"text": "Xin xem lại"}),
        (("appeal", "--text", "Xin xem lại"), "POST", "appeal", {"text": "Xin xem lại"}),
        (
            ("kill", "--method", "geo.get", "--reason-vi", "Sai", "--reason-en", "Wrong"),
            "POST",
            "kill",
            {"reason_vi": "Sai", "reason_en": "Wrong", "method": "geo.get"},
        ),
        (("app", "backend-url", "https://api.example.vn"), "PUT", "backend", {"url": "https://api.example.vn"}),
        (("webhook", "test"), "POST", "webhooks/test", {}),
        (("webhook", "secret"), "POST", "webhooks/secret", {}),
        (("webhook", "enable"), "POST", "webhooks/enable", {}),
        (("webhook", "set", "--url", "https://x.example.vn/h"), "PUT", "webhooks", {"url": "https://x.example.vn/h", "events": None}),
        (("webhook", "replay", f"msg_{MESSAGE.replace('-', '')}"), "POST", f"deliveries/{MESSAGE}/replay", {}),
        (
            ("webhook", "replay", "--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z"),
            "POST",
            "deliveries/replay",
            {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
        ),
    ],
)
def test_a_command_asks_the_portal_for_what_it_says(
    hs: Run, hub: SmallHub, arguments: tuple[str, ...], method: str, path: str, body: dict[str, Any]
) -> None:
    assert hs(*arguments)[0] == 0
    assert hub.asked[-1] == (method, f"/v1/dev/apps/{APP}/{path}", body)


def test_what_cannot_be_meant_is_refused_before_it_is_sent(hs: Run, hub: SmallHub) -> None:
    hub.asked.clear()
    for arguments in (("rollout", "7%"), ("kill",), ("webhook", "replay"), ("webhook", "replay", "x")):
        assert hs(*arguments)[0] == 2, arguments
    assert hub.asked == []


def test_reads_are_told_as_they_are(hs: Run, hub: SmallHub) -> None:
    for arguments in (("org", "list"), ("org", "domain", "list"), ("app", "list"), ("webhook", "list"), ("keys", "list")):
        code, told = hs(*arguments)
        assert (code, list(told)) == (0, ["items"]), arguments
    assert hs("org", "domain", "check", "example.vn")[1]["state"] == "verified"
    hub.states = ["live"]
    assert hs("status", "1")[1]["state"] == "live"
    assert hs("logs")[0] == 0


def test_a_hub_that_is_away_is_said_so(hs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = hs("status", "--hub", "http://127.0.0.1:9")
    assert code == 7, "nobody is signed in there"
    assert hs("sign", "--hub", "http://127.0.0.1:9")[0] == 1
    assert told["error"]["en"]
