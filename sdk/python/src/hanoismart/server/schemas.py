"""What crosses the HTTP edge: strict input that refuses unknown members, and declared output."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Item = TypeVar("Item")


class In(BaseModel):
    """A request body: unknown members are refused, strings are trimmed and NFC is left to the reader."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=20_000)


class Out(BaseModel):
    """An answer, built from frozen dataclasses or rows."""

    model_config = ConfigDict(from_attributes=True)


class ListOut(Out, Generic[Item]):
    """Every list of ours: the items, and the cursor of the next page or null."""

    items: list[Item]
    next: str | None


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_nul)]
"""One short line a person wrote."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=5_000), AfterValidator(_no_nul)]
"""A text a person wrote."""
