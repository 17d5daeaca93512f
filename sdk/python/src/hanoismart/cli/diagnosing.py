"""The checks of `hs doctor`, each a question with an answer in both languages; offline ones read files, online ones ask the hub."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import httpx

from hanoismart import assets, clock, lifecycle, package
from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import Project
from hanoismart.cli.terminal import CommandFailed
from hanoismart.manifest import Manifest, validate
from hanoismart.text import Text

Level = Literal["ok", "warning", "error"]
SKEW: Final = timedelta(seconds=10)
EXPIRING: Final = timedelta(days=30)
_CALL = re.compile(r"(?<![\w$])hs\.([a-z]+)\.([a-zA-Z]+)\s*\(")
_METHOD = re.compile(r'^  "([a-z]+\.[A-Za-z]+)":', re.MULTILINE)
_NEEDS = re.compile(r'^  "([a-z]+\.[A-Za-z]+)":.*?(?=^  "|^\}\))', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check found."""

    check: str
    level: Level
    words: Text

    def as_json(self) -> dict[str, object]:
        return {"check": self.check, "level": self.level, "vi": self.words.vi, "en": self.words.en}


def offline(project: Project) -> list[Answer]:
    """Every check that needs nobody else."""
    findings = validate(project.manifest_bytes)
    if findings:
        words = Text(vi="{count} lỗi, xem hs lint", en="{count} findings, see hs lint").format(count=len(findings))
        return [Answer("manifest", "error", words)]
    manifest = project.manifest
    return [
        Answer("manifest", "ok", Text(vi="hợp lệ", en="holds")),
        *_files(project),
        *_methods(project, manifest),
        *_bridge(project),
        *_events(manifest),
    ]


def _files(project: Project) -> Iterator[Answer]:
    try:
        held = package.build(project.app)
    except package.PackageRefused as refused:
        for one in refused.findings:
            yield Answer("package", "error", Text(vi=f"{one.rule} {one.file or ''}: {one.vi}", en=f"{one.rule} {one.file or ''}: {one.en}"))
        return
    for one in held.warnings:
        place = f"{one.file}:{one.line}"
        yield Answer(
            "policy", "warning", Text(vi=f"{one.rule} {place}: {one.vi} {one.fix.vi}", en=f"{one.rule} {place}: {one.en} {one.fix.en}")
        )
    if not held.warnings:
        yield Answer("policy", "ok", Text(vi="chính sách nội dung không chặn gì", en="the content policy blocks nothing"))


def methods() -> dict[str, str]:
    """The bridge's methods with their rules, as the SDK's JavaScript lists them."""
    source = assets.javascript("wire.js").decode()
    return {match[1]: match[0] for match in _NEEDS.finditer(source)}


def _scripts(project: Project) -> Iterator[tuple[str, str]]:
    for path in sorted(project.app.rglob("*")):
        inside = path.relative_to(project.app).as_posix()
        if path.suffix in {".js", ".mjs", ".html"} and path.is_file() and not inside.startswith(("node_modules/", "hs/")):
            yield inside, path.read_text(encoding="utf-8", errors="replace")


def _methods(project: Project, manifest: Manifest) -> Iterator[Answer]:
    known = methods()
    groups = {name.split(".")[0] for name in known}
    for file, text in _scripts(project):
        for match in _CALL.finditer(text):
            name = f"{match[1]}.{match[2]}"
            place = f"{file}:{text.count(chr(10), 0, match.start()) + 1}"
            if match[1] in groups and name not in known:
                yield Answer(
                    "methods", "error", Text(vi="{place}: không có {name}", en="{place}: there is no {name}").format(place=place, name=name)
                )
            if (dying := lifecycle.DEPRECATIONS.get(name)) is not None:
                words = Text(vi="{place}: {name} sẽ ngừng ngày {sunset}, dùng {use}", en="{place}: {name} ends on {sunset}, use {use}")
                yield Answer("methods", "warning", words.format(place=place, name=name, sunset=dying.sunset, use=dying.use))
            yield from _asked(name, known.get(name, ""), manifest, place)


def _asked(name: str, rule: str, manifest: Manifest, place: str) -> Iterator[Answer]:
    scope = re.search(r'scope: "([^"]+)"', rule)
    permissions = re.search(r"permissions: \[([^\]]+)\]", rule)
    missing = ""
    if scope and scope[1] not in manifest.scope_names:
        missing = f"hs.scopes: {scope[1]}"
    if permissions and not set(re.findall(r'"([^"]+)"', permissions[1])) & manifest.permission_names:
        missing = f"req_permissions: {permissions[1]}"
    if "payments: true" in rule and not manifest.hs.payments.enabled:
        missing = "hs.payments.enabled"
    if missing:
        words = Text(vi="{place}: {name} cần {missing} trong manifest", en="{place}: {name} needs {missing} in the manifest")
        yield Answer("methods", "error", words.format(place=place, name=name, missing=missing))


def _bridge(project: Project) -> Iterator[Answer]:
    for name in assets.names():
        copy = project.app / "hs" / name
        if copy.is_file() and copy.read_bytes() != assets.javascript(name):
            words = Text(
                vi="hs/{name} không phải bản của SDK này: chạy hs new --bridge", en="hs/{name} is not this SDK's: run hs new --bridge"
            )
            yield Answer("bridge", "warning", words.format(name=name))


def _events(manifest: Manifest) -> Iterator[Answer]:
    hooks = manifest.hs.webhooks
    events = set(hooks.events) if hooks else set()
    if manifest.hs.payments.enabled and "payment.succeeded" not in events:
        words = Text(vi="có thanh toán nhưng không nhận payment.succeeded", en="payments are enabled, but payment.succeeded is not heard")
        yield Answer("events", "warning", words)
    if manifest.hs.notifications and "notifications.send" not in manifest.scope_names:
        words = Text(
            vi="có mẫu thông báo nhưng không xin notifications.send", en="there are templates, but notifications.send is not asked"
        )
        yield Answer("events", "warning", words)


def online(project: Project, language: str) -> list[Answer]:
    """Every check that asks the hub; signed in or not."""
    with HubClient(project.hub, language=language) as hub:
        try:
            return [*_clock(project.hub), *_registered(hub, project)]
        except CommandFailed as failed:
            return [Answer("hub", "warning", failed.words)]


def _clock(hub: str) -> Iterator[Answer]:
    try:
        response = httpx.get(f"{hub}/v1/dev/environment", timeout=10)
    except httpx.HTTPError as failure:
        raise CommandFailed(Text(vi="Không kết nối được với {hub}", en="{hub} cannot be reached").format(hub=hub)) from failure
    told = response.headers.get("date")
    skew = abs(clock.now() - parsedate_to_datetime(told)) if told else timedelta()
    words = Text(vi="đồng hồ lệch {seconds} giây", en="the clock is {seconds} seconds off").format(seconds=int(skew.total_seconds()))
    yield Answer("clock", "error" if skew > SKEW else "ok", words)


def _registered(hub: HubClient, project: Project) -> Iterator[Answer]:
    if not hub.signed_in:
        yield Answer("account", "warning", Text(vi="chưa đăng nhập: chạy hs login", en="not signed in: run hs login"))
        return
    for organisation in hub.call("GET", "/v1/dev/organisations").get("items", []):
        for key in hub.call("GET", f"/v1/dev/organisations/{organisation['id']}/keys").get("items", []):
            yield from _key(key)
    app = hub.call("GET", f"/v1/dev/apps/{project.app_id}")
    latest = max((int(one["code"]) for one in hub.call("GET", f"/v1/dev/apps/{project.app_id}/versions").get("items", [])), default=0)
    code = project.manifest.version.code
    words = Text(vi="mã phiên bản {code}, mới nhất trên máy chủ {latest}", en="version code {code}, the hub's latest is {latest}")
    yield Answer("version", "ok" if code > latest else "warning", words.format(code=code, latest=latest))
    yield Answer("app", "ok", Text(vi="trạng thái {status}", en="status {status}").format(status=app.get("status")))


def _key(key: dict[str, Any]) -> Iterator[Answer]:
    until = key.get("not_after")
    if until and not key.get("revoked_at") and datetime.fromisoformat(until) - clock.now() < EXPIRING:
        words = Text(vi="khóa {kid} hết hạn ngày {until}", en="key {kid} ends on {until}").format(kid=key["kid"], until=until[:10])
        yield Answer("keys", "warning", words)
