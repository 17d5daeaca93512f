"""`hs rollout`, `rollback`, `kill`, `appeal` and their kin: who gets which version, how to stop it, and how to answer the city."""

import argparse
import re
from typing import Any

from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.text import Text

_PERCENT = re.compile(r"(1|5|25|50)%")


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    rollout = commands.add_parser("rollout", parents=[shared], help="whitelist, 1%%, 5%%, 25%%, 50%% or live")
    rollout.add_argument("stage")
    rollout.add_argument("--version-code", type=int, help="the manifest's where it is left out")
    rollout.add_argument("--people", default="", help="whitelist: telephone numbers or subjects, separated by commas")
    rollout.set_defaults(work=roll_out)
    back = commands.add_parser("rollback", parents=[shared], help="back to the previous version, at once")
    back.set_defaults(work=roll_back)
    kill = commands.add_parser("kill", parents=[shared], help="switch the app, a version, a bridge method or a ward off")
    kill.add_argument("--reason-vi")
    kill.add_argument("--reason-en")
    kill.add_argument("--lift", metavar="ID", help="let what this kill stopped run again")
    kill.add_argument("--version-code", type=int)
    kill.add_argument("--method", help="a bridge method such as geo.get, or gateway")
    kill.add_argument("--ward")
    kill.set_defaults(work=switch_off)
    withdraw = commands.add_parser("withdraw", parents=[shared], help="take back a version that waits for checks or review")
    withdraw.add_argument("version_code", type=int)
    withdraw.set_defaults(work=step_of_version, verb="withdraw")
    revoke = commands.add_parser("revoke", parents=[shared], help="never serve a version again")
    revoke.add_argument("version_code", type=int)
    revoke.set_defaults(work=step_of_version, verb="revoke")
    appeal = commands.add_parser("appeal", parents=[shared], help="ask others to look again at a rejection or a suspension")
    appeal.add_argument("version_code", type=int, nargs="?", help="the rejected version; the app's suspension where it is left out")
    appeal.add_argument("--text", required=True)
    appeal.set_defaults(work=file_appeal)
    for name, words in (("unpublish", "take the app out of the catalogue"), ("republish", "put it back")):
        commands.add_parser(name, parents=[shared], help=words).set_defaults(work=publishing, verb=name)


def roll_out(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    body: dict[str, Any] = {"version_code": given.version_code or project.manifest.version.code}
    percent = _PERCENT.fullmatch(given.stage)
    if percent:
        body |= {"stage": "canary", "percent": int(percent[1])}
    elif given.stage in {"whitelist", "live"}:
        body["stage"] = given.stage
    else:
        words = Text(vi="Chọn whitelist, 1%, 5%, 25%, 50% hoặc live", en="Choose whitelist, 1%, 5%, 25%, 50% or live")
        raise CommandFailed(words, exit_code=Exit.USAGE)
    if given.people:
        body["people"] = [one.strip() for one in given.people.split(",") if one.strip()]
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("PUT", f"/v1/dev/apps/{project.app_id}/rollout", json=body)
    words = Text(vi="Phiên bản {code}: {stage}", en="Version {code}: {stage}").format(code=body["version_code"], stage=given.stage)
    terminal.give(answer or body, words)
    return Exit.DONE


def roll_back(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/rollback", json={})
    terminal.give(answer, Text(vi="Đã quay lại phiên bản trước", en="Rolled back"))
    return Exit.DONE


def switch_off(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    if given.lift:
        with HubClient(project.hub, language=terminal.language) as hub:
            hub.call("DELETE", f"/v1/dev/apps/{project.app_id}/kills/{given.lift}")
        terminal.give({"lifted": given.lift}, Text(vi="Đã bật lại", en="It runs again"))
        return Exit.DONE
    if not given.reason_vi or not given.reason_en:
        words = Text(vi="Cần --reason-vi và --reason-en", en="--reason-vi and --reason-en are needed")
        raise CommandFailed(words, exit_code=Exit.USAGE)
    body = {"reason_vi": given.reason_vi, "reason_en": given.reason_en}
    scope = {"version_code": given.version_code, "method": given.method, "ward_code": given.ward}
    body |= {name: value for name, value in scope.items() if value is not None}
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/kill", json=body)
    terminal.give(answer, Text(vi="Đã ngắt", en="Switched off"))
    return Exit.DONE


def step_of_version(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/versions/{given.version_code}/{given.verb}", json={})
    words = Text(vi="Phiên bản {code}: {state}", en="Version {code}: {state}")
    terminal.give(answer, words.format(code=given.version_code, state=answer.get("state")))
    return Exit.DONE


def file_appeal(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    what = f"/versions/{given.version_code}" if given.version_code else ""
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}{what}/appeal", json={"text": given.text})
    terminal.give(answer, Text(vi="Đã gửi khiếu nại", en="The appeal is filed"))
    return Exit.DONE


def publishing(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    verb = "publish" if given.verb == "republish" else "unpublish"
    with HubClient(project.hub, language=terminal.language) as hub:
        answer = hub.call("POST", f"/v1/dev/apps/{project.app_id}/{verb}", json={})
    terminal.give(answer, Text(vi="Đã xong", en="Done"))
    return Exit.DONE
