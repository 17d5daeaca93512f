"""`hs logs`, `hs usage` and `hs webhook`: what passed the gateway, how much, and which messages reached the backend."""

import argparse
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from hanoismart import clock
from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.text import Text

_POLL: Final = 2.0


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    logs = commands.add_parser("logs", parents=[shared], help="calls through the gateway, without anybody's data")
    logs.add_argument("--since", help="ISO 8601")
    logs.add_argument("--errors", action="store_true", help="only what was refused or failed")
    logs.add_argument("--follow", action="store_true")
    logs.set_defaults(work=show_logs)
    usage = commands.add_parser("usage", parents=[shared], help="calls, errors, times and consent; people only where ten came")
    usage.add_argument("--from", dest="first", help="first day, YYYY-MM-DD; the last seven where it is left out")
    usage.add_argument("--to", dest="last", help="last day, YYYY-MM-DD")
    usage.set_defaults(work=show_usage)
    top = commands.add_parser("webhook", parents=[shared], help="messages to your backend")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", parents=[shared], help="deliveries and their states")
    listed.add_argument("--state", help="waiting, delivered, failed …")
    listed.set_defaults(work=list_deliveries)
    shown = verbs.add_parser("show", parents=[shared], help="one message and its attempts")
    shown.add_argument("id")
    shown.set_defaults(work=show_delivery)
    test = verbs.add_parser("test", parents=[shared], help="send a test event")
    test.add_argument("--type")
    test.set_defaults(work=send_test)
    replay = verbs.add_parser("replay", parents=[shared], help="send a message again, or all of a time")
    replay.add_argument("id", nargs="?")
    replay.add_argument("--since", help="ISO 8601")
    replay.add_argument("--until", help="ISO 8601")
    replay.set_defaults(work=replay_deliveries)
    secret = verbs.add_parser("secret", parents=[shared], help="a fresh shared secret; shown once")
    secret.set_defaults(work=rotate_secret)
    change = verbs.add_parser("set", parents=[shared], help="another address, or fewer events, than the manifest says")
    change.add_argument("--url", help="the manifest's again where it is left out")
    change.add_argument("--events", help="separated by commas; the manifest's again where it is left out")
    change.set_defaults(work=change_endpoint)
    enable = verbs.add_parser("enable", parents=[shared], help="send again after the endpoint was disabled")
    enable.set_defaults(work=enable_endpoint)


def show_logs(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    asked = {"since": given.since, "errors": "true" if given.errors else None}
    params = {name: value for name, value in asked.items() if value is not None}
    seen: set[str] = set()
    with HubClient(project.hub, language=terminal.language) as hub:
        while True:
            for one in _every(hub, f"/v1/dev/apps/{project.app_id}/logs", params):
                mark = str(one.get("id") or sorted(one.items()))
                if mark not in seen:
                    seen.add(mark)
                    terminal.give(one, _line(one))
            if not given.follow:
                return Exit.DONE
            time.sleep(_POLL)


def show_usage(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    params = {name: value for name, value in (("from", given.first), ("to", given.last)) if value}
    with HubClient(project.hub, language=terminal.language) as hub:
        found = hub.call("GET", f"/v1/dev/apps/{project.app_id}/analytics", params=params)
    if terminal.as_json:
        terminal.give(found)
        return Exit.DONE
    columns = {"day": Text(vi="ngày", en="day"), "calls": Text(vi="lượt gọi", en="calls"), "errors": Text(vi="lỗi", en="errors")}
    columns |= {
        "p95_ms": Text(vi="p95 (ms)", en="p95 (ms)"),
        "opens": Text(vi="lượt mở", en="opens"),
        "people": Text(vi="người", en="people"),
    }
    terminal.rows(found.get("days", []), columns)
    return Exit.DONE


def _line(one: Mapping[str, Any]) -> Text:
    told = "  ".join(
        str(one[name]) for name in ("at", "version_code", "method", "status", "code", "milliseconds") if one.get(name) is not None
    )
    return Text(vi=told, en=told)


def _every(hub: HubClient, path: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every item of a list, oldest first."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = hub.call("GET", path, params={**params, **({"cursor": after} if after else {})})
        found += page["items"]
        after = page.get("next")
        if not after or len(found) >= 1000:
            return sorted(found, key=lambda one: str(one.get("at", "")))


def list_deliveries(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        found = _every(hub, f"/v1/dev/apps/{project.app_id}/deliveries", {"state": given.state} if given.state else {})
    columns = {"message_id": Text(vi="mã", en="id"), "type": Text(vi="loại", en="type"), "state": Text(vi="trạng thái", en="state")}
    terminal.rows(found, {**columns, "attempts": Text(vi="số lần", en="attempts")})
    return Exit.DONE


def show_delivery(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        found = hub.call("GET", f"/v1/dev/apps/{project.app_id}/deliveries/{_message_id(given.id)}")
    terminal.give(found, Text(vi=_attempts(found), en=_attempts(found)))
    return Exit.DONE


def _attempts(found: Mapping[str, Any]) -> str:
    head = f"{found.get('message_id')}  {found.get('type')}  {found.get('state')}"
    tries = (
        f"  {one['number']}  {one['at']}  {one['status'] or one['failure']}  {one['milliseconds']} ms" for one in found.get("tries", [])
    )
    return "\n".join([head, *tries, str(found.get("body", ""))])


def _message_id(given: str) -> str:
    """A message's id as the portal knows it; the `msg_…` of the header webhook-id is understood too. Raises CommandFailed."""
    try:
        return str(UUID(given.removeprefix("msg_")))
    except ValueError as wrong:
        words = Text(vi="Không phải mã thông điệp: {given}", en="No message has this id: {given}")
        raise CommandFailed(words.format(given=given), exit_code=Exit.USAGE) from wrong


def send_test(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/webhooks/test", json={"type": given.type} if given.type else {})
    terminal.give(answer, Text(vi="Đã gửi sự kiện thử", en="Sent a test event"))
    return Exit.DONE


def replay_deliveries(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    if not given.id and not given.since:
        raise CommandFailed(Text(vi="Nêu mã thông điệp hoặc --since", en="Name a message or --since"), exit_code=Exit.USAGE)
    with HubClient(project.hub, language=terminal.language) as hub:
        base = f"/v1/dev/apps/{project.app_id}/deliveries"
        if given.id:
            answer = hub.call("POST", f"{base}/{_message_id(given.id)}/replay", json={})
        else:
            span = {"since": given.since, "until": given.until or clock.now().isoformat()}
            answer = hub.call("POST", f"{base}/replay", json=span)
    terminal.give(answer, Text(vi="Sẽ gửi lại", en="It will be sent again"))
    return Exit.DONE


def rotate_secret(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/webhooks/secret", json={})
    words = Text(vi="Bí mật mới, chỉ hiện một lần: {secret}", en="The new secret, shown once: {secret}")
    terminal.give(answer, words.format(secret=answer.get("secret", "")))
    return Exit.DONE


def enable_endpoint(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/webhooks/enable", json={})
    terminal.give(answer, Text(vi="Đã bật lại", en="Enabled"))
    return Exit.DONE


def change_endpoint(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    events = [one.strip() for one in given.events.split(",")] if given.events else None
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("PUT", f"/v1/dev/apps/{project.app_id}/webhooks", json={"url": given.url, "events": events})
    terminal.give(answer, Text(vi="Webhook gửi tới {url}", en="Webhooks go to {url}").format(url=answer.get("url")))
    return Exit.DONE
