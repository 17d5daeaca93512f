"""Write the generated reference (OpenAPI document, error codes, settings), or check that it is current."""

import argparse
from collections.abc import Callable
from pathlib import Path

import orjson

from app import routers, wiring
from app.cli.settings import example
from app.shell import openapi
from hanoismart import reference
from hanoismart.problems import catalogue
from identity.api import oauth
from plugins.api import rules as registry_rules

# Mini-apps document their own codes, those of cases too, and which of them run here is a setting.
ELSEWHERE = ("tests.", "miniapps.", "hanoismart.server.casework")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only compare")


def openapi_text() -> str:
    document = orjson.dumps(openapi.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return document.decode() + "\n"


def errors_text() -> str:
    """docs/mobile/errors.md: every stable code with its status and titles."""
    wiring.install()
    routers.apps()  # every room that can refuse is imported with its routes
    rows = [
        f"| `{code}` | {kind.status} | {kind.title.vi} | {kind.title.en} |"
        for code, kind in catalogue().items()
        if not kind.__module__.startswith(ELSEWHERE)
    ]
    head = [
        "# Error codes",
        "",
        "Every refusal under /v1 is a problem document (RFC 9457, `application/problem+json`) with a stable `code`. Titles come in the",
        "language of `Accept-Language` (`vi` unless `en` is preferred). Codes that begin with `oauth.` are answered as RFC 6749 errors",
        "(`{error, error_description}`) by the endpoints under /oauth. This page is generated: `python -m app reference`.",
        "",
        "| code | status | Tiếng Việt | English |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def checks_text() -> str:
    """docs/identity/checks.md: the table the OAuth endpoints run by."""
    rows = [f"| `{endpoint}` | {', '.join(clients)} | {proof} |" for endpoint, clients, proof in oauth.checks()]
    head = [
        "# What each endpoint checks",
        "",
        "The order is always the same: the form is read (a parameter that stands twice is refused), the client is known (by",
        "`private_key_jwt`, or by its id alone where it is public), the client may be here, the DPoP proof counts (key, method, address,",
        "age, once); only then does anything run. This page is generated from the table the endpoints run by: `python -m app reference`.",
        "",
        "| endpoint and grant type | clients | DPoP proof |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def review_text() -> str:
    """docs/mini-apps/review-rules.md: the validator's rules, then the registry's, then those a person cites."""
    lines = ["", "## At the registry", "", "| rule | what is wrong | how to mend it |", "|---|---|---|"]
    lines += [f"| {one.id} | {one.says.vi}<br>{one.says.en} | {one.fix.vi}<br>{one.fix.en} |" for one in registry_rules.CHECKS.values()]
    lines += ["", "## By a reviewer", "", "A rejection cites at least one of these.", "", "| rule | |", "|---|---|"]
    lines += [f"| {rule} | {text.vi}<br>{text.en} |" for rule, text in registry_rules.REVIEW.items()]
    return reference.rules_text() + "\n".join(lines) + "\n"


FILES: dict[Path, Callable[[], str]] = {
    Path("sdk/spec/openapi.json"): openapi_text,
    Path("docs/mobile/errors.md"): errors_text,
    Path("docs/identity/checks.md"): checks_text,
    Path(".env.example"): example,
    Path("docs/mini-apps/reference.md"): reference.manifest_text,
    Path("docs/mini-apps/review-rules.md"): review_text,
    Path("docs/mini-apps/cli.md"): reference.commands_text,
}


def work(given: argparse.Namespace) -> int:
    stale = [path for path, write in FILES.items() if not path.exists() or path.read_text() != write()]
    if given.check:
        print(f"stale: {', '.join(map(str, stale))}; run `python -m app reference`" if stale else "The reference is current.")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[path]())
    return 0
