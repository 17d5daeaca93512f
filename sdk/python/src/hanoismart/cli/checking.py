"""`hs lint` and `hs doctor`: what is wrong with the app, found by the validator everybody uses, before anybody else sees it."""

import argparse
from collections.abc import Iterable
from typing import Any

from hanoismart import package
from hanoismart.cli import diagnosing
from hanoismart.cli.project import Project, load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.manifest.rules import Finding
from hanoismart.text import Text


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    lint = commands.add_parser("lint", parents=[shared], help="hold manifest and files against the rules")
    lint.add_argument("--strict", action="store_true", help="warnings are errors too")
    lint.set_defaults(work=lint_app)
    doctor = commands.add_parser("doctor", parents=[shared], help="look for what will not work: policy, methods, events, keys, clock")
    doctor.add_argument("--offline", action="store_true", help="do not ask the hub")
    doctor.set_defaults(work=doctor_app)


def built(project: Project) -> package.Package:
    """The package of a project's files, unsigned. Raises CommandFailed with the findings."""
    _ = project.manifest_bytes
    try:
        return package.build(project.app)
    except package.PackageRefused as refused:
        words = Text(vi="Ứng dụng chưa đạt {count} quy tắc", en="The app breaks {count} rules").format(count=len(refused.findings))
        raise CommandFailed(words, findings=refused.findings) from refused


def lint_app(given: argparse.Namespace, terminal: Terminal) -> int:
    """0 when nothing is wrong, 1 otherwise."""
    project = load(given.folder, given.hub)
    try:
        errors: list[Finding] = []
        warnings = list(built(project).warnings)
    except CommandFailed as failed:
        if not failed.findings:
            raise
        errors, warnings = failed.findings, []
    _show(terminal, errors, warnings)
    failed_now = bool(errors or (given.strict and warnings))
    document = {"ok": not failed_now, "errors": [one.as_json() for one in errors], "warnings": [one.as_json() for one in warnings]}
    count = Text(vi="{errors} lỗi, {warnings} cảnh báo", en="{errors} errors, {warnings} warnings")
    terminal.give(document, count.format(errors=len(errors), warnings=len(warnings)))
    return Exit.FAILED if failed_now else Exit.DONE


def _show(terminal: Terminal, errors: Iterable[Finding], warnings: Iterable[Finding]) -> None:
    terminal.findings(errors)
    terminal.findings(warnings, warning=True)


def doctor_app(given: argparse.Namespace, terminal: Terminal) -> int:
    """0 when nothing stands in the way, 1 otherwise."""
    project = load(given.folder, given.hub)
    found = diagnosing.offline(project)
    if not given.offline:
        found += diagnosing.online(project, terminal.language)
    for one in found:
        mark = {"error": "✗", "warning": "!", "ok": "✓"}[one.level]
        terminal.say("{mark} {name}: {words}", "{mark} {name}: {words}", mark=mark, name=one.check, words=one.words.in_(terminal.language))
    broken = any(one.level == "error" for one in found)
    terminal.give({"ok": not broken, "checks": [one.as_json() for one in found]})
    return Exit.FAILED if broken else Exit.DONE
