"""Print every setting with its default, as .env.example holds them."""

import argparse
import importlib

from pydantic_core import PydanticUndefined

from kernel.settings import PREFIX, Group

MODULES = ("kernel.settings", "identity.settings", "notifications.settings", "payments.settings", "plugins.settings", "app.settings")


def arguments(_parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def example() -> str:
    """The text of .env.example: one commented line per setting of every group."""
    for module in MODULES:
        importlib.import_module(module)
    blocks = [
        "# Every setting of HanoiSmart with its default. Copy to .env and change what differs; values of development are refused in",
        "# production.",
    ]
    seen: set[str] = set()
    groups = [group for group in Group.groups if group.__module__ in MODULES]  # whatever else a process has imported, in this order
    for group in sorted(groups, key=lambda group: MODULES.index(group.__module__)):
        lines = []
        for name, field in group.model_fields.items():
            if name in seen:
                continue
            seen.add(name)
            default = "" if field.default in (None, PydanticUndefined) else field.default
            lines += [f"# {field.description}", f"#{PREFIX}{name.upper()}={str(default).lower() if isinstance(default, bool) else default}"]
        blocks += ["", f"# --- {group.__module__.split('.')[0]}", *lines]
    return "\n".join(blocks) + "\n"


def work(_given: argparse.Namespace) -> int:
    print(example(), end="")
    return 0
