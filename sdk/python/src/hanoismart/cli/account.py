"""`hs login`, `hs logout` and `hs org`: who the developer is, and which organisation and domains are theirs."""

import argparse
from collections.abc import Mapping
from typing import Any

from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.text import Text


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    login = commands.add_parser("login", parents=[shared], help="sign in with the code shown, on any device")
    login.set_defaults(work=sign_in)
    logout = commands.add_parser("logout", parents=[shared], help="give the tokens back and forget them")
    logout.set_defaults(work=sign_out)
    top = commands.add_parser("org", parents=[shared], help="organisations and their domains")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", parents=[shared], help="organisations you develop for").set_defaults(work=list_organisations)
    domain = verbs.add_parser("domain", parents=[shared], help="prove that a domain is yours")
    steps = domain.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, work, words in (("add", add_domain, "begin a proof"), ("check", check_domain, "look whether it is there")):
        step = steps.add_parser(name, parents=[shared], help=words)
        step.add_argument("domain")
        step.add_argument("--org")
        step.set_defaults(work=work)
    listed = steps.add_parser("list", parents=[shared], help="domains and the state of their proofs")
    listed.add_argument("--org")
    listed.set_defaults(work=list_domains)


def organisation_of(hub: HubClient, asked: str | None) -> str:
    """The organisation that was named, or the only one. Raises CommandFailed."""
    if asked is not None:
        return asked
    found = hub.call("GET", "/v1/dev/organisations")["items"]
    if len(found) != 1:
        none = Text(vi="Bạn chưa là nhà phát triển của đơn vị nào", en="You are not a developer of any organisation")
        many = Text(vi="Bạn thuộc nhiều đơn vị: chọn bằng --org", en="You are in several organisations: choose one with --org")
        raise CommandFailed(many if found else none)
    return str(found[0]["id"])


def sign_in(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)

    def show(asked: Mapping[str, Any]) -> None:
        shown = {name: asked[name] for name in ("user_code", "verification_uri", "verification_uri_complete", "expires_in")}
        words = Text(vi="Mở {verification_uri} và nhập mã {user_code}", en="Open {verification_uri} and type the code {user_code}")
        terminal.give(shown, words.format(**shown))

    with HubClient(project.hub, language=terminal.language) as hub:
        hub.sign_in(show)
    terminal.give({"hub": project.hub, "signed_in": True}, Text(vi="Đã đăng nhập {hub}", en="Signed in at {hub}").format(hub=project.hub))
    return Exit.DONE


def sign_out(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        hub.sign_out()
    terminal.give({"hub": project.hub, "signed_in": False}, Text(vi="Đã đăng xuất", en="Signed out"))
    return Exit.DONE


def list_organisations(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        found = hub.call("GET", "/v1/dev/organisations")["items"]
    terminal.rows(found, {"id": Text(vi="mã", en="id"), f"name_{terminal.language}": Text(vi="tên", en="name")})
    return Exit.DONE


def add_domain(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        told = hub.call("POST", f"/v1/dev/organisations/{organisation}/domains", json={"domain": given.domain})
    words = Text(
        vi="Đặt bản ghi TXT {dns_name} = {dns_value}, hoặc tệp {well_known_url}, rồi chạy hs org domain check {domain}",
        en="Set the TXT record {dns_name} = {dns_value}, or the file {well_known_url}, then run hs org domain check {domain}",
    )
    terminal.give(told, words.format(**{"dns_name": "", "dns_value": "", "well_known_url": "", **told, "domain": given.domain}))
    return Exit.DONE


def check_domain(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        told = hub.call("POST", f"/v1/dev/organisations/{organisation}/domains/{given.domain}/check")
    terminal.give(told, Text(vi="{domain}: {state}", en="{domain}: {state}").format(domain=given.domain, state=told.get("state")))
    return Exit.DONE if told.get("state") == "verified" else Exit.FAILED


def list_domains(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        found = hub.call("GET", f"/v1/dev/organisations/{organisation}/domains")["items"]
    terminal.rows(found, {"domain": Text(vi="tên miền", en="domain"), "state": Text(vi="trạng thái", en="state")})
    return Exit.DONE
