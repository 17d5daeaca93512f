"""`hs keys`: the developer's own Ed25519 keys, made here, registered by their public half, revoked one by one."""

import argparse
from typing import Any

from hanoismart import tokens
from hanoismart.cli import keeping
from hanoismart.cli.account import organisation_of
from hanoismart.cli.hubs import HubClient
from hanoismart.cli.project import load
from hanoismart.cli.terminal import Exit, Terminal
from hanoismart.text import Text


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    top = commands.add_parser("keys", parents=[shared], help="make, list, register and revoke signing keys")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", parents=[shared], help="make a key on this machine")
    new.add_argument("name", nargs="?", default="default")
    new.set_defaults(work=new_key)
    path = verbs.add_parser("path", parents=[shared], help="where a key's file lies, for HS_KEY_FILE")
    path.add_argument("name")
    path.set_defaults(work=show_path)
    listed = verbs.add_parser("list", parents=[shared], help="keys on this machine, and those the hub knows")
    listed.add_argument("--org", help="id of the organisation; the only one where it is left out")
    listed.add_argument("--local", action="store_true", help="do not ask the hub")
    listed.set_defaults(work=list_keys)
    register = verbs.add_parser("register", parents=[shared], help="register the public half with your organisation")
    register.add_argument("name", nargs="?")
    register.add_argument("--org")
    register.add_argument("--label")
    register.add_argument("--not-after", help="when it ends, ISO 8601")
    register.set_defaults(work=register_key)
    revoke = verbs.add_parser("revoke", parents=[shared], help="revoke a registered key")
    revoke.add_argument("kid")
    revoke.add_argument("--org")
    revoke.add_argument("--reason", required=True)
    revoke.set_defaults(work=revoke_key)


def new_key(given: argparse.Namespace, terminal: Terminal) -> int:
    key, path = keeping.new_key(given.name)
    public = tokens.public_jwks([key])["keys"][0]
    words = Text(vi="Khóa {kid} nằm trong {path}. Giữ kín tệp này.", en="Key {kid} lies in {path}. Keep this file to yourself.")
    terminal.give(
        {"name": given.name, "kid": key.thumbprint(), "file": str(path), "public": public}, words.format(kid=key.thumbprint(), path=path)
    )
    return Exit.DONE


def show_path(given: argparse.Namespace, terminal: Terminal) -> int:
    keeping.key(given.name)
    path = str(keeping.key_path(given.name))
    terminal.give({"file": path}, Text(vi=path, en=path))
    return Exit.DONE


def list_keys(given: argparse.Namespace, terminal: Terminal) -> int:
    rows: dict[str, dict[str, Any]] = {}
    for path in keeping.key_files():
        kid = keeping.key(str(path)).thumbprint()
        rows[kid] = {"kid": kid, "name": path.stem, "state": "local"}
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        if hub.signed_in and not given.local:
            organisation = organisation_of(hub, given.org)
            for one in hub.call("GET", f"/v1/dev/organisations/{organisation}/keys")["items"]:
                state = "revoked" if one.get("revoked_at") else "registered"
                rows[one["kid"]] = {"name": "", **rows.get(one["kid"], {}), **one, "state": state}
    columns = {"kid": Text(vi="khóa", en="key"), "name": Text(vi="tên", en="name"), "state": Text(vi="trạng thái", en="state")}
    terminal.rows(rows.values(), {**columns, "not_after": Text(vi="hết hạn", en="ends")})
    return Exit.DONE


def register_key(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    key = keeping.key(given.name or project.key)
    body = {"jwk": tokens.public_jwks([key])["keys"][0], "label": given.label or given.name or "hs"}
    if given.not_after:
        body["not_after"] = given.not_after
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        answer = hub.call("POST", f"/v1/dev/organisations/{organisation}/keys", json=body)
    terminal.give(answer, Text(vi="Đã đăng ký khóa {kid}", en="Registered key {kid}").format(kid=answer.get("kid", key.thumbprint())))
    return Exit.DONE


def revoke_key(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    with HubClient(project.hub, language=terminal.language) as hub:
        organisation = organisation_of(hub, given.org)
        answer = hub.call("POST", f"/v1/dev/organisations/{organisation}/keys/{given.kid}/revoke", json={"reason": given.reason})
    terminal.give({"kid": given.kid, **answer}, Text(vi="Đã thu hồi khóa {kid}", en="Revoked key {kid}").format(kid=given.kid))
    return Exit.DONE
