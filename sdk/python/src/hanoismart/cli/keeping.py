"""What `hs` keeps on a developer's machine: signing keys and sign-ins, in files nobody else may read."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import OKPKey

from hanoismart import tokens
from hanoismart.cli.terminal import CommandFailed
from hanoismart.text import Text


def folder(environment: Mapping[str, str] = os.environ) -> Path:
    """HS_CONFIG_DIR, else `hanoismart` in the user's configuration folder; made with mode 0700."""
    given = environment.get("HS_CONFIG_DIR")
    base = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    place = Path(given) if given else Path(base) / "hanoismart"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def write_secret(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file with mode 0600, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
    part.replace(path)


def key_path(name: str) -> Path:
    """The file of a key by its name; raises CommandFailed for a name that is no file name."""
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        words = Text(vi="Tên khóa không hợp lệ: {name}", en="No key can have this name: {name}")
        raise CommandFailed(words.format(name=name))
    return folder() / "keys" / f"{name}.jwk"


def new_key(name: str) -> tuple[OKPKey, Path]:
    """A fresh key under a name. Raises CommandFailed where the name is taken."""
    path = key_path(name)
    if path.exists():
        words = Text(vi="Đã có khóa tên {name}", en="There is a key named {name} already")
        raise CommandFailed(words.format(name=name))
    key = tokens.new_key()
    write_secret(path, key.as_dict(private=True))
    return key, path


def key(name: str | None) -> OKPKey:
    """The key of a name or of a file; without a name the only one there is. Raises CommandFailed."""
    if name is not None and Path(name).is_file():
        return _read(Path(name))
    if name is not None:
        path = key_path(name)
        if not path.exists():
            words = Text(vi="Không có khóa tên {name}: chạy hs keys new {name}", en="There is no key named {name}: run hs keys new {name}")
            raise CommandFailed(words.format(name=name))
        return _read(path)
    held = key_files()
    if len(held) != 1:
        none = Text(vi="Chưa có khóa: chạy hs keys new", en="There is no key yet: run hs keys new")
        many = Text(vi="Có nhiều khóa: chọn bằng --key", en="There are several keys: choose one with --key")
        raise CommandFailed(many if held else none)
    return _read(held[0])


def key_files() -> list[Path]:
    """The files of all keys, by name."""
    return sorted((folder() / "keys").glob("*.jwk"))


def _read(path: Path) -> OKPKey:
    try:
        return tokens.private_key(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as broken:
        words = Text(vi="{path} không phải khóa Ed25519 riêng tư", en="{path} is no private Ed25519 key")
        raise CommandFailed(words.format(path=path)) from broken


def session_path(hub: str) -> Path:
    """The file of the sign-in at a hub."""
    parts = urlsplit(hub)
    return folder() / "hubs" / f"{parts.scheme}-{parts.netloc.replace(':', '-')}.json"


def session(hub: str) -> dict[str, Any] | None:
    """The sign-in at a hub, if there is one."""
    try:
        found = json.loads(session_path(hub).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def keep_session(hub: str, document: Mapping[str, Any]) -> None:
    """Keep the sign-in at a hub."""
    write_secret(session_path(hub), document)


def forget_session(hub: str) -> None:
    """Forget the sign-in at a hub."""
    session_path(hub).unlink(missing_ok=True)
