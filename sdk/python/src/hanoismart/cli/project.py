"""A developer's folder: `hs.toml` says where the app's files lie, how its backend starts, and which hub it is published to."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hanoismart.cli.terminal import CommandFailed
from hanoismart.manifest import Manifest, ManifestInvalid, parse
from hanoismart.text import Text

FILE: Final = "hs.toml"
DEFAULT_HUB: Final = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class Backend:
    """`command` starts it ({port} is filled in), in `folder`; or it runs already at `url`."""

    command: tuple[str, ...] = ()
    url: str | None = None
    folder: Path = Path()


@dataclass(frozen=True, slots=True)
class Project:
    """`app` is the folder that is packed."""

    root: Path
    app: Path
    hub: str
    backend: Backend
    key: str | None

    @property
    def manifest_bytes(self) -> bytes:
        """Raises CommandFailed where there is no manifest.json."""
        try:
            return (self.app / "manifest.json").read_bytes()
        except OSError as missing:
            words = Text(vi="Không có manifest.json trong {folder}", en="There is no manifest.json in {folder}")
            raise CommandFailed(words.format(folder=self.app)) from missing

    @property
    def manifest(self) -> Manifest:
        """Raises CommandFailed with the findings."""
        try:
            return parse(self.manifest_bytes)
        except ManifestInvalid as invalid:
            words = Text(vi="manifest.json chưa hợp lệ", en="manifest.json does not hold")
            raise CommandFailed(words, findings=invalid.findings) from invalid

    @property
    def app_id(self) -> str:
        """The id as it stands in manifest.json, whether the rest holds or not. Raises CommandFailed."""
        try:
            found = json.loads(self.manifest_bytes)
        except ValueError as broken:
            raise CommandFailed(Text(vi="manifest.json không phải JSON", en="manifest.json is not JSON")) from broken
        return str(found.get("app_id", "")) if isinstance(found, dict) else ""

    @property
    def package_path(self) -> Path:
        """Where `hs pack` puts the package."""
        manifest = self.manifest
        return self.root / "dist" / f"{manifest.app_id}-{manifest.version.code}.hsapp"


def load(folder: Path, hub: str | None = None, environment: Mapping[str, str] = os.environ) -> Project:
    """The project of a folder or of the nearest one above it that has hs.toml; without one, the folder itself is the app.

    The hub is `hub`, else HS_HUB, else hs.toml's. Raises CommandFailed for a malformed hs.toml.
    """
    root = next((place for place in [folder.resolve(), *folder.resolve().parents] if (place / FILE).is_file()), folder.resolve())
    told: dict[str, Any] = {}
    if (root / FILE).is_file():
        try:
            told = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            words = Text(vi="hs.toml không đọc được: {why}", en="hs.toml cannot be read: {why}")
            raise CommandFailed(words.format(why=broken)) from broken
    chosen = hub or environment.get("HS_HUB") or told.get("hub") or DEFAULT_HUB
    return Project(
        root, root / str(told.get("app", ".")), str(chosen).rstrip("/"), _backend(root, told.get("backend", {})), told.get("key")
    )


def _backend(root: Path, told: Mapping[str, Any]) -> Backend:
    command = told.get("command", [])
    parts = command.split() if isinstance(command, str) else [str(part) for part in command]
    return Backend(tuple(parts), told.get("url"), root / str(told.get("folder", ".")))
