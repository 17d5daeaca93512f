"""What must stand in a package: the manifest's pages, icons and documents, and nothing that is never served."""

import json
import re
from collections.abc import Iterator, Mapping

from hanoismart import pages
from hanoismart.manifest import Manifest
from hanoismart.manifest.reading import pointer
from hanoismart.manifest.rules import Finding
from hanoismart.package import limits, pictures
from hanoismart.package.rules import finding

_I18N = re.compile(r"i18n/[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\.json")
_NEVER = re.compile(
    r".*\.(exe|dll|so|dylib|msi|apk|ipa|jar|bat|cmd|ps1|sh|php|hta|scr|com|pem|key|p12|pfx|env)|(.*/)?\.[^/]*", re.IGNORECASE
)
MAX_OPENAPI = 2 * 1024 * 1024
MAX_WORDS = 1024 * 1024
"""Bytes of one file in i18n/, and of four of them together at most: JSON takes a multiple of its size to be read."""


def judge(manifest: Manifest, files: Mapping[str, bytes]) -> list[Finding]:
    """Findings about the files outside META/."""
    return [*_shown(manifest, files), *_pictured(manifest, files), *_documented(manifest, files), *_unserved(files)]


def _shown(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Finding]:
    if manifest.hs.ui != "web":
        return
    if manifest.hs.profile == "w3c":
        if not {"app.js", "app.css"} <= files.keys() or not any(name.startswith("pages/") for name in files):
            yield finding("HS2023")
    elif "index.html" not in files:
        yield finding("HS2022")
    for index, page in enumerate(manifest.pages):
        if pages.resolve(files, page) is None and not (manifest.hs.profile == "w3c" and f"{page}.js" in files):
            yield finding("HS2024", pointer=pointer("pages", index))


def _pictured(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Finding]:
    sound = {src for src in {icon.src for icon in manifest.icons} if src in files and pictures.decodes(files[src])}
    for index, icon in enumerate(manifest.icons):
        if icon.src not in sound:
            yield finding("HS2025", file=icon.src, pointer=pointer("icons", index, "src"))


def _documented(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[Finding]:
    backend = manifest.hs.backend
    if backend is not None and backend.openapi is not None and openapi(files, backend.openapi) is None:
        yield finding("HS2026", file=backend.openapi, pointer="/hs/backend/openapi")
    left = 4 * MAX_WORDS
    for name in files:
        if not name.startswith("i18n/"):
            continue
        size = len(files[name])
        left -= size
        if not _I18N.fullmatch(name) or size > MAX_WORDS or left < 0 or not isinstance(_json(files[name]), dict):
            yield finding("HS2027", file=name)


def _unserved(files: Mapping[str, bytes]) -> Iterator[Finding]:
    for name in files:
        if name.startswith("META/") and name not in limits.META:
            yield finding("HS2021", file=name)
        elif _NEVER.fullmatch(name):
            yield finding("HS2028", file=name)


def openapi(files: Mapping[str, bytes], path: str) -> dict[str, object] | None:
    """The OpenAPI 3 document at a path of the package; None where there is none that can be read."""
    content = files.get(path)
    document = _json(content) if content is not None and len(content) <= MAX_OPENAPI else None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        return None
    from hanoismart.gateway.paths import Routes  # the gateway reads the same document; taken here so that packing needs no gateway

    try:
        Routes.of_openapi(document)
    except ValueError:
        return None
    return document


def _json(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
