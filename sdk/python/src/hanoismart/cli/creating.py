"""`hs new` and `hs bump`: a folder that passes every check from the first minute, with its tests and the bridge it needs."""

import argparse
import json
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from hanoismart import __version__, assets
from hanoismart.cli.project import FILE, load
from hanoismart.cli.terminal import CommandFailed, Exit, Terminal
from hanoismart.manifest.grammar import APP_ID
from hanoismart.text import Text

TEMPLATES: Final = ("web", "backend", "full")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


def arguments(commands: Any, shared: argparse.ArgumentParser) -> None:
    new = commands.add_parser("new", parents=[shared], help="begin an app from a template")
    new.add_argument("name", nargs="?", help="the folder's name: small letters, digits, hyphens")
    new.add_argument("--template", choices=TEMPLATES, default="web")
    new.add_argument("--app-id", help="reverse DNS of your domain; vn.example.<name> where it is left out")
    new.add_argument("--bridge", action="store_true", help="only bring app/hs/ of the project here to this SDK's")
    new.set_defaults(work=new_app)
    bump = commands.add_parser("bump", parents=[shared], help="raise version.code by one, and version.name with it")
    bump.add_argument("--name", help="the new version.name; the last number of the old one plus one where it is left out")
    bump.set_defaults(work=bump_version)


def new_app(given: argparse.Namespace, terminal: Terminal) -> int:
    if given.bridge:
        project = load(given.folder, given.hub)
        written = assets.bring_bridge(project.app)
        terminal.give({"files": written}, Text(vi="Đã cập nhật app/hs", en="Brought app/hs up to date"))
        return Exit.DONE
    name = given.name or ""
    app_id = given.app_id or f"vn.example.{name.replace('-', '')}"
    if _NAME.fullmatch(name) is None or re.fullmatch(APP_ID, app_id) is None:
        words = Text(vi="Tên gồm chữ thường, số và gạch nối", en="A name has small letters, digits and hyphens")
        raise CommandFailed(words, exit_code=Exit.USAGE)
    folder = given.folder / name
    if folder.exists():
        raise CommandFailed(Text(vi="Đã có thư mục {folder}", en="{folder} exists already").format(folder=folder))
    create(folder, given.template, app_id)
    words = Text(
        vi="Đã tạo {folder}. Tiếp theo: cd {folder} && hs dev",
        en="Made {folder}. Next: cd {folder} && hs dev",
    )
    terminal.give({"folder": str(folder), "app_id": app_id, "template": given.template}, words.format(folder=folder))
    return Exit.DONE


def bump_version(given: argparse.Namespace, terminal: Terminal) -> int:
    project = load(given.folder, given.hub)
    old = project.manifest.version
    core = old.name.split("+")[0].split("-")[0].split(".")
    name = given.name or ".".join([*core[:2], str(int(core[2]) + 1)])
    document = json.loads(project.manifest_bytes)
    document["version"] = {**document["version"], "code": old.code + 1, "name": name}
    (project.app / "manifest.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    words = Text(vi="Phiên bản {name}, mã {code}", en="Version {name}, code {code}")
    terminal.give({"code": old.code + 1, "name": name}, words.format(name=name, code=old.code + 1))
    return Exit.DONE


def create(folder: Path, template: str, app_id: str) -> None:
    """Write a template's files, its words filled in."""
    values = {"__APP_ID__": app_id, "__SDK__": __version__}
    paged = template != "backend"
    for source in ("common", *(["page"] if paged else []), template):
        _copy(files("hanoismart") / "templates" / source, folder, values)
    if paged:
        assets.bring_bridge(folder / "app")
    if not (folder / FILE).is_file():
        raise CommandFailed(Text(vi="Mẫu không đầy đủ", en="The template is not whole"))


def _copy(source: Traversable, target: Path, values: dict[str, str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        # Templates travel in the wheel: a name that tools would take for their own ends in `.tpl` there.
        place = target / entry.name.removesuffix(".tpl").replace("dot-", ".", 1)
        if entry.is_dir():
            if entry.name != "__pycache__":
                _copy(entry, place, values)
        elif entry.name.endswith(".png"):
            place.write_bytes(entry.read_bytes())
        else:
            text = entry.read_text(encoding="utf-8")
            for word, value in values.items():
                text = text.replace(word, value)
            place.write_text(text, encoding="utf-8")
