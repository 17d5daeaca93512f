"""Writes the developers' reference from what the code runs by: manifest, rules, scopes, events and commands cannot drift from it."""

import argparse
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hanoismart import lifecycle
from hanoismart.cli.main import parser
from hanoismart.cli.terminal import Exit
from hanoismart.manifest import RULES, schema
from hanoismart.manifest.rules import Rule
from hanoismart.package.rules import RULES as PACKAGE_RULES
from hanoismart.package.rules import WARNINGS
from hanoismart.scopes import PERMISSIONS, SCOPES

_GENERATED: Final = "This page is generated: `python -m app reference`."


def manifest_text() -> str:
    """docs/mini-apps/reference.md: members, scopes, permissions, events, what goes."""
    document = schema()
    lines = ["# Reference: manifest, scopes, events", "", _GENERATED, ""]
    lines += ["The JSON Schema stands at `/v1/schemas/miniapp/1.json`; `hs lint` holds a manifest against it and against the rules of", ""]
    lines[-1:] = ["[review-rules.md](review-rules.md).", ""]
    for title, name in _objects(document):
        lines += [f"## {title}", "", "| member | type and rule | required |", "|---|---|---|"]
        lines += _members(document, document if name is None else document["$defs"][name])
        lines.append("")
    lines += ["## Scopes", "", "| scope | what the consent sheet says | sensitivity | how it reaches the app |", "|---|---|---|---|"]
    lines += [f"| `{one.name}` | {one.reveals.vi} / {one.reveals.en} | {one.sensitivity} | {one.delivery} |" for one in SCOPES.values()]
    lines += [
        "",
        "`token`: in the launch token and in HS-Assertion. `redeem`: by a one-time code or by reading at the hub, each shown to the",
        "person. `act`: no data; the backend may do something for the person. Sensitive scopes need two reviewers.",
        "",
    ]
    lines += ["## Permissions", "", "| permission | what the permission sheet says | sensitivity |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {one.reveals.vi} / {one.reveals.en} | {one.sensitivity} |" for one in PERMISSIONS.values()]
    lines += ["", "## Events", "", "| event | data |", "|---|---|"]
    lines += [f"| `{name}` | {_EVENT_DATA.get(name, '')} |" for name in _events(document)]
    lines += ["", "An app that asks any scope must subscribe to `consent.revoked` and `account.erased`.", "", "## What goes", ""]
    lines += ["What goes is announced 180 days before, named by `hs doctor`, and sent as Deprecation and Sunset headers.", ""]
    dying = [f"- `{name}` on {one.sunset}: use `{one.use}`" for name, one in lifecycle.DEPRECATIONS.items()]
    return "\n".join([*lines, *(dying or ["Nothing is going at present."])]) + "\n"


def rules_text() -> str:
    """The tables of docs/mini-apps/review-rules.md: every numbered rule, what is wrong and how to mend it."""
    head = [
        "# Rules an app is held against",
        "",
        "`hs lint`, the emulator, the upload and the reviewer use one validator: what passes here passes there. A finding names the",
        "rule, the place (a JSON pointer, or file and line), what is wrong and how to mend it, in Vietnamese and English. A rejection",
        f"by a person cites rule ids too. {_GENERATED}",
        "",
    ]
    lines = [*head, "## Manifest", "", *_table(RULES), "", "## Package and pages", "", *_table(PACKAGE_RULES), ""]
    marked = ", ".join(sorted(WARNINGS))
    return (
        "\n".join([*lines, f"{marked} are found by reading code, which can be mistaken: they are warnings, never a reason to refuse."])
        + "\n"
    )


def commands_text() -> str:
    """docs/mini-apps/cli.md's list of commands with their options."""
    lines = [
        "# The command `hs`",
        "",
        '`pip install "hanoismart[cli]"`. It speaks Vietnamese or English (`--lang`, `HS_LANG`), and JSON with `--json`: one document, or',
        "lines of them where something is followed. Keys and sign-ins lie in `~/.config/hanoismart` (`HS_CONFIG_DIR`), readable by you",
        f"alone. The hub is `--hub`, `HS_HUB`, or `hub` in `hs.toml`. {_GENERATED}",
        "",
        "| exit code | |",
        "|---|---|",
        *(f"| {int(code)} | {_CODES[code]} |" for code in Exit),
        "",
    ]
    for name, told, command in _commands(parser()):
        options = _options(command)
        lines += [f"## hs {name}", "", f"{told[:1].upper()}{told[1:].replace('%%', '%')}.", "", *options, *([""] if options else [])]
    return "\n".join(lines).rstrip() + "\n"


_CODES: Final[Mapping[Exit, str]] = {
    Exit.DONE: "done; of `publish --wait`: approved, or live already",
    Exit.FAILED: "something is wrong; what, is said",
    Exit.USAGE: "the command was typed wrong",
    Exit.AUTO_FAILED: "`publish --wait`: the automatic checks found something",
    Exit.REJECTED: "`publish --wait`: a reviewer rejected the version",
    Exit.REVOKED: "`publish --wait`: the version was revoked",
    Exit.TIMED_OUT: "not decided in time",
    Exit.SIGN_IN: "not signed in: `hs login`",
}
_EVENT_DATA: Final[Mapping[str, str]] = {
    "consent.revoked": "`sub`",
    "account.erased": "`sub`, `erasure_id`, `reason` (`removed` `account_erased`), `due_at`",
    "payment.succeeded": "`intent_id`, `reference`, `amount` (đồng), `settled_at`",
    "app.version.state_changed": "`app_id`, `version_code`, `state`",
}


def _objects(document: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """The manifest, then every object in it, each once."""
    return [("manifest.json", None), *((name, name) for name, one in document["$defs"].items() if "properties" in one)]


def _members(document: Mapping[str, Any], holder: Mapping[str, Any]) -> Iterable[str]:
    required = set(holder.get("required", ()))
    for name, member in holder["properties"].items():
        yield f"| `{name}` | {_kind(document, member)} | {'yes' if name in required else ''} |"


def _kind(document: Mapping[str, Any], member: Mapping[str, Any]) -> str:
    if "$ref" in member:
        return str(member["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in member:
        return " or ".join(_kind(document, one) for one in member["anyOf"] if one.get("type") != "null")
    if "enum" in member:
        return " ".join(f"`{one}`" for one in member["enum"])
    if "const" in member:
        return f"`{member['const']}`"
    said = str(member.get("type", "any"))
    if said == "array":
        said = f"list of {_kind(document, member.get('items', {}))}"
    bounds = {"minLength": "at least {} characters", "maxLength": "at most {} characters", "minimum": "from {}", "maximum": "to {}"}
    bounds |= {"maxItems": "at most {}", "minItems": "at least {}"}
    told = [words.format(member[key]) for key, words in bounds.items() if key in member]
    if "pattern" in member:
        told.append("`" + str(member["pattern"]).replace("|", "\\|") + "`" if len(str(member["pattern"])) < 60 else "a pattern")
    if member.get("default") not in (None, [], {}):
        told.append(f"default `{member['default']}`")
    return ", ".join([said, *told])


def _events(document: Mapping[str, Any]) -> list[str]:
    return list(document["$defs"]["Webhooks"]["properties"]["events"]["items"]["enum"])


def _table(rules: Mapping[str, Rule]) -> list[str]:
    rows = (
        f"| {one.id} | {_cell(one.says.vi)}<br>{_cell(one.says.en)} | {_cell(one.fix.vi)}<br>{_cell(one.fix.en)} |"
        for one in rules.values()
    )
    return ["| rule | what is wrong | how to mend it |", "|---|---|---|", *rows]


def _cell(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("|", "\\|")


def _commands(top: argparse.ArgumentParser, prefix: str = "") -> Iterable[tuple[str, str, argparse.ArgumentParser]]:
    """Every command that does something: its name, what it is for, its parser."""
    for name, told, command in _choices(top):
        inner = list(_commands(command, f"{prefix}{name} "))
        yield from inner or [(f"{prefix}{name}", told, command)]


def _choices(top: argparse.ArgumentParser) -> Iterable[tuple[str, str, argparse.ArgumentParser]]:
    for action in top._actions:  # noqa: SLF001 (argparse has no other way to ask)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 (as above)
            told = {one.dest: one.help for one in action._choices_actions}  # noqa: SLF001 (as above)
            yield from ((name, str(told.get(name) or ""), command) for name, command in action.choices.items())


def _options(command: argparse.ArgumentParser) -> list[str]:
    shared = {"--json", "--lang", "--hub", "--folder", "--help", "-h"}
    rows = []
    for action in command._actions:  # noqa: SLF001 (as above)
        if shared & set(action.option_strings):
            continue
        name = ", ".join(action.option_strings) or action.dest.upper()
        chosen = f" ({', '.join(map(str, action.choices))})" if action.choices else ""
        rows.append(f"- `{name}`{chosen} {(action.help or '').replace('%%', '%')}".rstrip())
    return rows
