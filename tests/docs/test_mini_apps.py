"""The Python on the pages about mini-apps compiles, its imports exist, and what needs no network runs."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from hanoismart import reference
from hanoismart.manifest import RULES

DOCS = Path(__file__).parents[2] / "docs/mini-apps"
_BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
OWN = {"my_app"}  # the reader's own module


@pytest.mark.parametrize("page", PAGES)
def test_every_name_a_page_imports_is_there(page: str) -> None:
    for block in _BLOCK.findall((DOCS / page).read_text()):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module not in OWN:
                module = importlib.import_module(node.module)
                for alias in node.names:
                    if not hasattr(module, alias.name):
                        importlib.import_module(f"{node.module}.{alias.name}")


@pytest.mark.parametrize(("page", "number"), [("sdk.md", 0), ("sdk.md", 1), ("migration-telegram.md", 0)])
def test_what_a_page_shows_runs(page: str, number: int) -> None:
    block = _BLOCK.findall((DOCS / page).read_text())[number]
    exec(compile(block, page, "exec"), {})  # noqa: S102 (running the documentation is the test)


def test_the_reference_names_every_rule_member_and_command() -> None:
    rules, commands, members = reference.rules_text(), reference.commands_text(), reference.manifest_text()
    assert all(rule in rules for rule in RULES)
    for name in ("hs new", "hs dev", "hs publish", "hs webhook replay", "hs org domain add"):
        assert f"## {name}\n" in commands
    for name in ("app_id", "telegram_launch", "residence.ward", "scan.qr", "consent.revoked"):
        assert f"`{name}`" in members
