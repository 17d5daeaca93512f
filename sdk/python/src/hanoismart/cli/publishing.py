"""`hs app`, `hs publish` and `hs status`: a signed package goes to the city, and the command waits for what becomes of it."""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from hanoismart import tokens
from hanoismart.cli import keeping, packing
from hanoismart.cli.account import organisation_of
from hanoismart.cli.checking import built
from hanoismart.cli.hubs import HubClient, HubRefused
from hanoismart.cli.project import Project, load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.cli.uploading import upload
from hanoismart.manifest.rules import Finding
from hanoismart.text import Text

FINAL: Final[Mapping[str, Exit]] = {
    "approved": Exit.DONE,
    "whitelist": Exit.DONE,
    "canary": Exit.DONE,
    "live": Exit.DONE,
    "previous": Exit.DONE,
    "auto_failed": Exit.AUTO_FAILED,
    "rejected": Exit.REJECTED,
    "revoked": Exit.REVOKED,
    "ineligible": Exit.REVOKED,
}
"""What `publish --wait` ends with, by the version's state; any other state is still on its way."""
_POLL: Final = 2.0


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    app = commands.add_parser("app", parents=[shared], help="register the app, or list yours")
    verbs = app.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", parents=[shared], help="register the manifest's app_id for your organisation")
    create.add_argument("--org")
    create.set_defaults(work=create_app)
    listed = verbs.add_parser("list", parents=[shared], help="apps of your organisation")
    listed.add_argument("--org")
    listed.set_defaults(work=list_apps)
    keys = verbs.add_parser("backend-keys", parents=[shared], help="register the keys your backend proves itself with")
    keys.add_argument("name", nargs="+", help="names of keys of hs keys, or JWK files; they replace those before")
    keys.set_defaults(work=set_backend_keys)
    address = verbs.add_parser("backend-url", parents=[shared], help="say where the backend runs, in place of the manifest's base_url")
    address.add_argument("url")
    address.set_defaults(work=set_backend_url)
    publish = commands.add_parser("publish", parents=[shared], help="pack, sign, upload and submit")
    publish.add_argument("file", type=Path, nargs="?", help="a signed package; packed and signed now where it is left out")
    publish.add_argument("--key", help="name of a key of hs keys, or a JWK file")
    publish.add_argument("--notes", default="", help="what the reviewer should know")
    publish.add_argument("--supersede", action="store_true", help="withdraw your older versions that wait for review")
    publish.add_argument("--wait", action="store_true", help="until it is decided; the exit code says how")
    publish.add_argument(
        "--until", choices=("review", "decided"), default="decided", help="wait for the automatic checks, or for the decision"
    )
    publish.add_argument("--timeout", type=float, default=600, help="seconds")
    publish.set_defaults(work=publish_app)
    status = commands.add_parser("status", parents=[shared], help="the app, its versions and their states")
    status.add_argument("version", type=int, nargs="?", help="a version code: its state and findings")
    status.set_defaults(work=show_status)


def create_app(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    manifest = project.manifest
    body: dict[str, Any] = {"app_id": manifest.app_id, "name_vi": manifest.localised("vi").name, "name_en": manifest.localised("en").name}
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        answer = hub.call("POST", f"/v1/dev/organisations/{organisation}/apps", json=body)
    terminal.give(answer, Text(vi="Đã tạo ứng dụng {app_id}", en="Created the app {app_id}").format(app_id=manifest.app_id))
    return Exit.DONE


def list_apps(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        found = hub.call("GET", f"/v1/dev/organisations/{organisation}/apps")["items"]
    terminal.rows(found, {"app_id": Text(vi="ứng dụng", en="app"), "status": Text(vi="trạng thái", en="status")})
    return Exit.DONE


def set_backend_keys(given: argparse.Namespace, terminal: Terminal) -> int:
    jwks = tokens.public_jwks([keeping.key(name) for name in given.name])
    return _set_backend(given, terminal, {"jwks": jwks})


def set_backend_url(given: argparse.Namespace, terminal: Terminal) -> int:
    return _set_backend(given, terminal, {"url": given.url})


def _set_backend(given: argparse.Namespace, terminal: Terminal, body: Mapping[str, Any]) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("PUT", f"/v1/dev/apps/{project.app_id}/backend", json=body)
    terminal.give(answer, Text(vi="Đã ghi nhận máy chủ của ứng dụng", en="The app's backend is noted"))
    return Exit.DONE


def publish_app(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        path, app_id = _signed_file(given, project, terminal)
        terminal.say("Đang tải lên {file}", "Uploading {file}", file=path.name)
        upload_id = upload(hub, path.read_bytes(), _progress(terminal))
        body = {"upload_id": upload_id, "notes": given.notes or None, "supersede": given.supersede}
        version = hub.call("POST", f"/v1/dev/apps/{app_id}/versions", json=body)
        terminal.say("Đã gửi phiên bản {code}", "Submitted version {code}", code=version["code"])
        if not given.wait:
            terminal.give(version)
            return Exit.DONE
        version = wait_for(hub, app_id, int(version["code"]), timeout=given.timeout, until=given.until, terminal=terminal)
        return _told(hub, app_id, version, terminal)


def _signed_file(given: argparse.Namespace, project: Project, terminal: Terminal) -> tuple[Path, str]:
    if given.file is not None:
        held = packing.read_package(given.file)
        if held.signature is None:
            raise CommandFailed(Text(vi="Gói chưa được ký: chạy hs sign", en="The package is not signed: run hs sign"))
        return given.file, held.manifest.app_id
    held = built(project)
    terminal.findings(held.warnings, warning=True)
    environment = packing.environment_of(project.hub, terminal.language)
    signed = packing.signed(held, keeping.key(given.key or project.key), environment)
    return packing.packed(project, signed), held.manifest.app_id


def _progress(terminal: Terminal) -> Callable[[int, int], None]:
    def progress(sent: int, of: int) -> None:
        terminal.say("  {percent} %", "  {percent} %", percent=round(sent * 100 / max(of, 1)))

    return progress


def wait_for(
    hub: HubClient, app_id: str, code: int, *, timeout: float, until: str, terminal: Terminal, poll: float = _POLL
) -> dict[str, Any]:
    """The version when it has come to rest. Raises CommandFailed with exit code 6 after `timeout` seconds."""
    began, before = time.monotonic(), ""
    while True:
        version: dict[str, Any] = hub.call("GET", f"/v1/dev/apps/{app_id}/versions/{code}")
        state = str(version["state"])
        if state != before:
            terminal.say("Phiên bản {code}: {state}", "Version {code}: {state}", code=code, state=state)
            before = state
        if state in FINAL or (until == "review" and state == "in_review"):
            return version
        if time.monotonic() - began > timeout:
            words = Text(vi="Chưa có kết quả sau {seconds} giây", en="Not decided after {seconds} seconds").format(seconds=int(timeout))
            raise CommandFailed(words, exit_code=Exit.TIMED_OUT, version=version)
        time.sleep(poll)


def _told(hub: HubClient, app_id: str, version: Mapping[str, Any], terminal: Terminal) -> int:
    findings = report(hub, app_id, int(version["code"]))
    terminal.findings([one for one, level in findings if level == "error"])
    terminal.findings([one for one, level in findings if level != "error"], warning=True)
    for opinion in [one for each in version.get("rounds", []) for one in each["opinions"]]:
        _say_opinion(opinion, terminal)
    terminal.give({**version, "findings": [{**one.as_json(), "level": level} for one, level in findings]})
    return FINAL.get(str(version["state"]), Exit.DONE)


def _say_opinion(opinion: Mapping[str, Any], terminal: Terminal) -> None:
    rules = ", ".join(opinion.get("rules", []))
    vi, en = str(opinion.get("note_vi") or ""), str(opinion.get("note_en") or "")
    terminal.say(
        "Người duyệt: {opinion} {rules} {note}",
        "Reviewer: {opinion} {rules} {note}",
        opinion=opinion["opinion"],
        rules=rules,
        note=Text(vi=vi or "—", en=en or "—").in_(terminal.language),
    )


def report(hub: HubClient, app_id: str, code: int) -> list[tuple[Finding, str]]:
    """The findings of a version with their level, `error` or `warning`; none where there is no report yet."""
    try:
        told = hub.call("GET", f"/v1/dev/apps/{app_id}/versions/{code}/report")
    except HubRefused as refused:
        if refused.status == 404:
            return []
        raise
    results = [one for run in told.get("runs", []) for one in run.get("results", [])]
    return [(_finding(one), str(one.get("level", "error"))) for one in results]


def _finding(result: Mapping[str, Any]) -> Finding:
    message, fix = result.get("message") or {}, result.get("fix") or {}
    place = result.get("location") or {}
    return Finding(
        rule=str(result.get("ruleId", "")),
        pointer=str(place.get("pointer") or ""),
        vi=str(message.get("vi", "")),
        en=str(message.get("en", "")),
        fix=Text(vi=str(fix.get("vi") or "—"), en=str(fix.get("en") or "—")),
        file=place.get("file"),
        line=place.get("line"),
    )


def show_status(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        if given.version is not None:
            return _told(hub, project.app_id, hub.call("GET", f"/v1/dev/apps/{project.app_id}/versions/{given.version}"), terminal)
        app = hub.call("GET", f"/v1/dev/apps/{project.app_id}")
        versions = hub.call("GET", f"/v1/dev/apps/{project.app_id}/versions")["items"]
    if terminal.as_json:
        terminal.give({**app, "versions": versions})
        return Exit.DONE
    terminal.say("{app_id}: {status}", "{app_id}: {status}", app_id=project.app_id, status=app.get("status"))
    _badge(versions, terminal)
    columns = {"code": Text(vi="mã", en="code"), "name": Text(vi="phiên bản", en="version"), "state": Text(vi="trạng thái", en="state")}
    terminal.rows(versions, {**columns, "canary_percent": Text(vi="%", en="%")})
    return Exit.DONE


def _badge(versions: list[dict[str, Any]], terminal: Terminal) -> None:
    """Live against latest: nobody shall believe something is out that is not."""
    live = next((one for one in versions if one["state"] == "live"), None)
    latest = max(versions, key=lambda one: int(one["code"]), default=None)
    if live and latest and live["code"] != latest["code"]:
        terminal.say(
            "Đang phục vụ {live}, mới nhất {latest} ({state})",
            "Live is {live}, latest is {latest} ({state})",
            live=live["name"],
            latest=latest["name"],
            state=latest["state"],
        )
