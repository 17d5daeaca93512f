"""A package as a value: its files, its manifest, and the canonical list of digests that is signed."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import rfc8785

from hanoismart.manifest import Manifest, ManifestInvalid, parse
from hanoismart.manifest.rules import Finding
from hanoismart.package import archive, code, content, limits, names
from hanoismart.package.archive import PackageRefused
from hanoismart.package.rules import WARNINGS, finding

SCHEMA: Final = "hs-package/1"
_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__", "dist", "META", "tests"})


@dataclass(frozen=True, slots=True)
class Package:
    """`files` are those outside META/; `files_json` is what is signed; `signature` the developer's detached JWS, if there is one.

    `warnings`: what reading the code suggests will not work; never a reason to refuse.
    """

    manifest: Manifest
    document: Mapping[str, Any]
    files: Mapping[str, bytes]
    files_json: bytes
    signature: str | None = None
    warnings: tuple[Finding, ...] = ()

    @property
    def digest(self) -> str:
        """`sha256-` and the hex digest of files.json: the name of exactly these bytes."""
        return digest_of(self.files_json)

    def to_bytes(self) -> bytes:
        """The archive, the same bytes for the same package."""
        held = {**self.files, limits.FILES_JSON: self.files_json}
        return archive.write(held if self.signature is None else {**held, limits.SIGNATURE: self.signature.encode()})


def digest_of(content_bytes: bytes) -> str:
    return f"sha256-{sha256(content_bytes).hexdigest()}"


def files_json_of(app_id: str, version_code: int, files: Mapping[str, bytes]) -> bytes:
    """The canonical JSON (RFC 8785) of every file's digest."""
    digests = {name: digest_of(held) for name, held in files.items()}
    return rfc8785.dumps({"schema": SCHEMA, "app_id": app_id, "version_code": version_code, "files": digests})


def of_files(files: Mapping[str, bytes]) -> Package:
    """An unsigned package of some files. Raises PackageRefused with everything that was found."""
    found = [*names.judge(files), *_too_large(files)]
    document = _manifest(files)
    try:
        manifest = parse(document)
    except ManifestInvalid as invalid:
        raise PackageRefused([*found, *invalid.findings]) from invalid
    found += content.judge(manifest, files)
    judged = code.judge(manifest, files)
    found += [one for one in judged if one.rule not in WARNINGS]
    if found:
        raise PackageRefused(found)
    warnings = tuple(one for one in judged if one.rule in WARNINGS)
    return Package(manifest, document, dict(files), files_json_of(manifest.app_id, manifest.version.code, files), warnings=warnings)


def build(folder: Path) -> Package:
    """An unsigned package of a folder; hidden files, `node_modules`, `dist`, `tests` and META/ stay out. Raises PackageRefused."""
    files: dict[str, bytes] = {}
    for place, folders, held in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in held:
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if name.startswith("."):
                continue
            if path.is_symlink() or not path.is_file():
                raise PackageRefused([finding("HS2009", file=inside)])
            files[inside] = path.read_bytes()
            if len(files) > limits.FILES:
                raise PackageRefused([finding("HS2005")])
    return of_files(files)


def read(source: bytes) -> Package:
    """The package in an archive, signed or not; every digest is counted again. Raises PackageRefused."""
    held = archive.read(source)
    stray = [name for name in held if name.startswith("META/") and name not in limits.META]
    if stray:
        raise PackageRefused([finding("HS2021", file=name) for name in stray])
    package = of_files({name: body for name, body in held.items() if not name.startswith("META/")})
    given = held.get(limits.FILES_JSON)
    if given is None:
        if limits.SIGNATURE in held:
            raise PackageRefused([finding("HS2030", file=limits.FILES_JSON)])
        return package
    if given != package.files_json:
        raise PackageRefused([finding("HS2031" if _is_canonical(given) else "HS2030", file=limits.FILES_JSON)])
    signature = held.get(limits.SIGNATURE)
    if signature is None:
        return package
    if not signature.isascii() or len(signature) > 2_000:
        raise PackageRefused([finding("HS2032", file=limits.SIGNATURE)])
    # A pasted signature brings a line break along; nothing else is forgiven.
    return replace(package, signature=signature.decode().strip())


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    if limits.MANIFEST not in files:
        raise PackageRefused([finding("HS2020")])
    try:
        parse(files[limits.MANIFEST])  # bytes first: repeated names and huge numbers are seen only there
    except ManifestInvalid as invalid:
        raise PackageRefused(list(invalid.findings)) from invalid
    document: dict[str, Any] = json.loads(files[limits.MANIFEST])
    return document


def _too_large(files: Mapping[str, bytes]) -> list[Finding]:
    found = [finding("HS2005")] if len(files) > limits.FILES else []
    return [*found, finding("HS2003")] if sum(map(len, files.values())) > limits.UNZIPPED else found


def _is_canonical(given: bytes) -> bool:
    if len(given) > limits.FILES * (2 * limits.NAME + 100):  # longer than any list of so many files, and not worth the memory
        return False
    try:
        return rfc8785.dumps(json.loads(given)) == given
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        return False
