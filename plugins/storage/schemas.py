"""What storing takes and gives."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hanoismart.server.schemas import In, Out

Key = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$", strip_whitespace=False)]
"""1 to 128 visible ASCII characters."""


class ValueIn(In):
    """`value` is any JSON value of at most 64 KB."""

    value: Any = None


class ValueOut(Out):
    value: Any


class EntriesIn(In):
    """All are kept, or none."""

    entries: Annotated[dict[Key, Any], Field(min_length=1, max_length=100)]


class SizeOut(Out):
    """The bytes that keys and values take now."""

    size: int


class StorageOut(SizeOut):
    """`values` holds those of the keys that were asked for and are there; `limit` in bytes."""

    keys: list[str]
    limit: int
    values: dict[str, Any]
