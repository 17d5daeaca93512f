"""The project's own Python files, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "kernel",
    "identity",
    "notifications",
    "payments",
    "social",
    "plugins",
    "app",
    "miniapps",
    "sdk/python",
    "migrations",
    "bench",
    "tests",
)
LEFT_OUT = {".venv", ".data", "vendor", "build", "dist", "__pycache__"}


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(path for path in found if not LEFT_OUT & set(path.relative_to(ROOT).parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def product() -> Iterator[Path]:
    """Files that run in production: not tests, not migrations, not bench."""
    for path in files():
        parts = path.relative_to(ROOT).parts
        if "tests" not in parts and parts[0] not in {"migrations", "bench"} and "migrations" not in parts:
            yield path


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))
