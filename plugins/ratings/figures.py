"""Figures of ratings as everybody sees them."""

from typing import Final

SHOWN_FROM: Final = 10
"""People; below that a figure could be read back to somebody."""


def shown(count: int, total: int) -> float | None:
    """The mean to one decimal, None below ten people."""
    return None if count < SHOWN_FROM else round(total / count, 1)
