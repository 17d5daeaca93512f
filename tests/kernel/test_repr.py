"""What an installation keeps to itself does not stand in the text of its settings, where a log or a traceback would show it."""

import importlib
import re

from app.cli.settings import MODULES
from kernel.settings import Group

_SECRET = re.compile(r"key|secret|token|password|database_url|redis_url")
_TOLD = {"miniapp_keys", "keys_file", "vneid_token_url"}  # a folder, a file, an address


def test_no_secret_stands_in_the_text_of_settings() -> None:
    assert {importlib.import_module(module).__name__ for module in MODULES} <= {group.__module__ for group in Group.groups}
    told = [
        f"{group.__name__}.{name}"
        for group in Group.groups
        for name, field in group.model_fields.items()
        if _SECRET.search(name) and name not in _TOLD and field.repr and field.annotation is not int  # a number of something is no secret
    ]
    assert told == []
