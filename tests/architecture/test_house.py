"""The rules of the house that need the whole of it: audiences, codes, settings, words, floors, vendored files."""

import ast
import hashlib
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy.orm import Mapper, configure_mappers

import app.main
from app import wiring
from app.cli import reference
from app.routers import apps
from hanoismart.problems import catalogue
from hanoismart.server.edge import EdgeRoute
from identity.models import Base as IdentityBase
from migrations.metadata import PACKAGES
from tests.architecture.sources import named, product, tree

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"^[a-z_]+(\.[a-z0-9_]+)+$")


def test_every_route_names_its_audience() -> None:
    routes = [route for made in apps() for route in made.routes]
    assert len(routes) > 30
    for route in routes:
        assert isinstance(route, EdgeRoute), route
        assert route.audience.name, route.path


def test_every_post_under_v1_may_be_retried() -> None:
    """The edge replays every POST of an EdgeRoute; a plain route would not."""
    plain = [route.path for made in apps() for route in made.routes if isinstance(route, APIRoute) and not isinstance(route, EdgeRoute)]
    assert not plain


def test_problem_codes_are_unique_well_formed_and_translated() -> None:
    assert app.main
    wiring.install()
    for code, kind in catalogue().items():
        if kind.__module__.startswith("tests."):
            continue
        assert CODE.match(code), code
        assert 400 <= kind.status < 600, code
        assert kind.title.vi != kind.title.en or not kind.title.en, code


@pytest.mark.parametrize("path", reference.FILES, ids=str)
def test_the_generated_reference_is_current(path: Path) -> None:
    """Every setting in .env.example, every code in the list of errors, every route in the OpenAPI document."""
    assert (ROOT / path).read_text() == reference.FILES[path](), "run `python -m app reference`"


def test_no_relationship_loads_by_itself() -> None:
    configure_mappers()
    registries = {mapper.registry for mapper in IdentityBase.registry.mappers}
    mappers: list[Mapper[object]] = [mapper for registry in registries for mapper in registry.mappers]
    assert all(relation.lazy == "raise" for mapper in mappers for relation in mapper.relationships)


def test_packages_share_no_foreign_keys_and_keep_only_zoned_time() -> None:
    for package, metadata in PACKAGES.items():
        for table in metadata.tables.values():
            assert table.schema == package
            for key in table.foreign_keys:
                assert key.target_fullname.startswith(f"{package}."), f"{table}: {key.target_fullname}"
            for column in table.columns:
                assert getattr(column.type, "timezone", True), f"{table}.{column.name}"


def test_vendored_files_are_what_they_were() -> None:
    lists = [path for folder in ("app", "sdk", "miniapps", "identity") for path in (ROOT / folder).rglob("vendor/*/SHA256SUMS")]
    assert lists
    for path in lists:
        assert (path.parent / "LICENSE").exists()
        for line in path.read_text().splitlines():
            digest, name = line.split(maxsplit=1)
            assert hashlib.sha256((path.parent / name).read_bytes()).hexdigest() == digest, name


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for path in (ROOT / "requirements").glob("*.lock"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index-url" not in text


def test_the_project_speaks_of_itself_alone() -> None:
    words = re.compile(r"(^|[\s\"'(=`])/(home|root|work|farm)/|\bissue #?\d+\b|\bsub-?agents?\b", re.IGNORECASE | re.MULTILINE)
    listed = [path for pattern in ("*.md", "*.py", "*.toml", "*.sh", "*.html", "*.js") for path in ROOT.rglob(pattern)]
    found = [
        str(path.relative_to(ROOT))
        for path in listed
        if not {".venv", ".data", "vendor", ".git", "node_modules"} & set(path.relative_to(ROOT).parts) and path != Path(__file__)
        if words.search(path.read_text(errors="replace"))
    ]
    assert not found


def test_no_sentence_lacks_a_language() -> None:
    """Text takes both languages; neither may be empty, and Vietnamese keeps its marks somewhere in the house."""
    empty = []
    for path in product():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                if any(isinstance(value, ast.Constant) and not value.value for value in given):
                    empty.append(f"{named(path)}:{node.lineno}")
    assert not empty
