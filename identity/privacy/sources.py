"""The registry of rooms that hand in what they hold of a person, and remove it when the account is erased."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

Source = Callable[[AsyncSession, UUID], Awaitable[Any]]
_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """`source` answers with what becomes one JSON file, `<name>.json`. Raises ValueError where another has the name."""
    if _sources.setdefault(name, source) is not source:
        raise ValueError(f"the source {name} is registered already")


def sources() -> Mapping[str, Source]:
    """Every source by name."""
    return dict(sorted(_sources.items()))
