"""What may be uploaded and how much: each purpose is registered by the floor that will take the files."""

from dataclasses import dataclass
from datetime import timedelta

KIND_NAMES = frozenset({"application/zip", "application/pdf", "image/png", "image/jpeg", "image/webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """`most_bytes` of one file, `kinds` its content may have (found out, never declared); `open_uploads` and `open_bytes` of one person.

    An upload that is not finished and taken within `kept` of its last piece is removed; so is a taken one, `kept` after it was taken.
    """

    name: str
    most_bytes: int
    kinds: frozenset[str]
    open_uploads: int = 5
    open_bytes: int
    kept: timedelta = timedelta(hours=24)


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> Purpose:
    """Make a purpose known, at import. Raises ValueError where the name stands for another, or a kind cannot be told by its content."""
    if not purpose.kinds or not purpose.kinds <= KIND_NAMES:
        raise ValueError(f"{purpose.name}: a kind that nothing recognises")
    if _purposes.setdefault(purpose.name, purpose) != purpose:
        raise ValueError(f"the purpose {purpose.name} stands twice")
    return purpose


def find(name: str) -> Purpose | None:
    return _purposes.get(name)


def largest() -> int:
    """The most bytes any purpose takes: what the edge must let through, and tus calls Tus-Max-Size."""
    return max((purpose.most_bytes for purpose in _purposes.values()), default=0)
