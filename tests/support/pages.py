"""Mini-apps with pages in the registry: packed, kept in a folder of their own, countersigned and live."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from obstore.store import LocalStore

from hanoismart import assets, package
from hanoismart.server.database import Database
from kernel.blobs import Blobs
from plugins.packages import storing
from tests.support.miniapps import installed

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def folder_blobs(folder: Path) -> Blobs:
    """A blob store in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Blobs(LocalStore(str(folder)))


def packed(document: Mapping[str, Any], files: Mapping[str, str], folder: Path) -> package.Package:
    """A package of some files, with the icon, the pages and the bridge it needs."""
    pages = {f"{page}.html": "<!doctype html><title>Trang</title>" for page in document["pages"]}
    for name, content in ({"index.html": "<!doctype html><title>Trang</title>"} | pages | dict(files)).items():
        _write(folder / name, content.encode())
    for name in ("bridge.js", "wire.js"):
        _write(folder / name, assets.javascript(name))
    for icon in document["icons"]:
        _write(folder / icon["src"], PNG)
    backend = document["hs"].get("backend") or {}
    if "openapi" in backend:
        _write(folder / backend["openapi"], b'{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}')
    _write(folder / "manifest.json", orjson.dumps(document))
    return package.build(folder)


async def shown(database: Database, blobs: Blobs, document: Mapping[str, Any], files: Mapping[str, str], folder: Path, **more: Any) -> None:
    """The app with these files, live for everybody."""
    built = packed(document, files, folder)
    stored = await storing.keep(blobs, built)
    async with database.transaction() as session:
        await installed(session, document, stored=stored, **more)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
