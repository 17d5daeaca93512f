"""Whether the database already has the newest schema, found out in one query: a start need not wait for the migrations' machinery."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from app.settings import settings

HUB = Path(__file__).parents[2] / "migrations"
_REVISION = re.compile(r"[a-z]+_\d{4}")


async def is_current(url: str) -> bool:
    """True when every newest revision on disk, the hub's and those of its mini-app backends, stands in a version table of the database."""
    connection = await asyncpg.connect(dsn=url.replace("postgresql+asyncpg:", "postgresql:", 1))
    try:
        schemas = await connection.fetch("SELECT schemaname FROM pg_tables WHERE tablename = 'schema_version'")
        known: set[str] = set()
        for row in schemas:
            schema = row["schemaname"].replace('"', '""')
            known |= {found["version_num"] for found in await connection.fetch(f'SELECT version_num FROM "{schema}".schema_version')}  # noqa: S608 (a name the catalogue gave, quoted)
    finally:
        await connection.close()
    return newest() <= known


def newest() -> set[str]:
    """What Alembic writes down for the newest schema: the last revision of every folder, save those another one depends on.

    The files are named by number (`python -m migrations revision`).
    """
    folders = list(_folders())
    last = {max(names) for folder in folders if (names := _revisions(folder))}
    return last - {name for folder in folders for name in _needed(folder)}


def _folders() -> Iterator[Path]:
    yield from (folder for folder in HUB.iterdir() if folder.is_dir())
    for entry in settings().miniapp_backends.split(","):
        spec = importlib.util.find_spec(entry.strip().partition("=")[2].rpartition(".")[0] or __package__)
        if spec is not None and spec.submodule_search_locations is not None:
            yield from (Path(place) / "migrations" / "versions" for place in spec.submodule_search_locations)


def _needed(folder: Path) -> set[str]:
    lines = (line for path in folder.glob("*.py") for line in path.read_text().splitlines() if line.startswith("depends_on"))
    return {name for line in lines for name in _REVISION.findall(line)}


def _revisions(folder: Path) -> list[str]:
    return [found.group() for path in folder.glob("*.py") if (found := _REVISION.match(path.name))]
