"""How code reads here: sizes, first sentences, one place that commits, one clock, no leftovers."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import files, named, product, tree

MAX_FILE, MAX_FUNCTION = 400, 50
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common", "data", "misc"}
COMMITS = {"sdk/python/src/hanoismart/server/database.py", "sdk/python/src/hanoismart/server/edge.py"}
CLOCKS = {"sdk/python/src/hanoismart/clock.py"}
NOW_IN_SQL = re.compile(r"\b(now\(\)|current_timestamp|clock_timestamp\(\)|statement_timestamp\(\))", re.IGNORECASE)
# The queue is pgqueuer's, and keeps the database's time.
SQL_CLOCKS = {"kernel/dead_jobs.py"}


@pytest.mark.parametrize("path", files(), ids=named)
def test_a_file_is_short_and_says_why_it_exists(path: Path) -> None:
    text = path.read_text()
    # A migration is written by the tool and read once: its length is that of the change.
    assert len(text.splitlines()) <= MAX_FILE or path.parts[-3] == "migrations"
    if text.strip():
        assert ast.get_docstring(tree(path)), "a module opens with one sentence"


@pytest.mark.parametrize("path", files(), ids=named)
def test_functions_are_short(path: Path) -> None:
    if "migrations" in path.parts:
        return
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
    ]
    assert not long


def test_names_say_what_a_thing_is() -> None:
    bad = [named(path) for path in files() if path.stem in FORBIDDEN_NAMES or FORBIDDEN_NAMES & set(path.relative_to(path.anchor).parts)]
    assert not bad


def test_only_the_edge_commits() -> None:
    found = {named(path) for path in product() for node in ast.walk(tree(path)) if _ends_a_transaction(node)}
    assert found <= COMMITS


def _ends_a_transaction(node: ast.AST) -> bool:
    """A savepoint within the transaction may be given up; the transaction itself is the edge's."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}):
        return False
    return not (isinstance(node.func.value, ast.Name) and node.func.value.id == "savepoint")


def test_time_comes_from_the_house_clock() -> None:
    naive = {"now", "utcnow", "today", "utcfromtimestamp"}
    found = []
    for path in product():
        if named(path) in CLOCKS:
            continue
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            of = node.func.value
            owner = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            if (owner in {"datetime", "date"} and node.func.attr in naive) or (owner == "time" and node.func.attr == "time"):
                found.append(f"{named(path)}:{node.lineno}")
    assert not found


def test_sql_does_not_ask_the_database_for_the_time() -> None:
    found = []
    for path in product():
        if named(path) in SQL_CLOCKS:
            continue
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "current_timestamp"}
                and isinstance(node.value, ast.Name)
                and node.value.id == "func"
            ):
                found.append(f"{named(path)}:{node.lineno}")
            sql = (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", node.value)
            )
            if sql and NOW_IN_SQL.search(node.value):  # type: ignore[attr-defined]  # a Constant, as `sql` says
                found.append(f"{named(path)}:{node.lineno}")  # type: ignore[attr-defined]  # as above
    assert not found


def test_nothing_unfinished_is_left() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|for now\b|NotImplementedError")
    here = Path(__file__)
    found = [
        f"{named(path)}: {line.strip()}" for path in files() if path != here for line in path.read_text().splitlines() if marks.search(line)
    ]
    assert not found


def test_every_silencer_has_its_reason() -> None:
    bare = re.compile(r"# (noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)* \S)|type: ignore(?!\[[a-z-]+(, ?[a-z-]+)*\]\s+#))")
    here = Path(__file__)
    found = [
        f"{named(path)}:{number}"
        for path in files()
        if path != here
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := re.search(r"# (noqa|type: ignore).*", line)) and bare.search(match.group())
    ]
    assert not found


def test_no_test_is_skipped() -> None:
    marks = re.compile(r"pytest\.(skip|xfail)|mark\.(skip|skipif|xfail)|pragma: no cover")
    here = Path(__file__)
    assert not [named(path) for path in files() if path != here and marks.search(path.read_text())]
