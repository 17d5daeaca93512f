"""What counts as a failure of a backend, how times are counted, and how many people there must be before their number is told."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

K: Final = 10
"""Fewer people than this are no number but persons (k-anonymity)."""
BOUNDS: Final = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
"""Upper bounds of the buckets of times, in milliseconds; the last bucket has none."""
FAILURES: Final = ("gateway.backend_unreachable", "gateway.backend_timeout")
"""Codes of passages whose backend gave no answer."""


def told(number: int) -> int | None:
    """A number of people, or of what people did once each; None where they are too few."""
    return number if number >= K else None


def percentile(buckets: Sequence[int], share: float) -> int | None:
    """The time below which `share` of the calls stayed, in milliseconds, evenly spread within a bucket; None without a call."""
    total = sum(buckets)
    if not total:
        return None
    wanted, passed = share * total, 0
    edges = (0, *BOUNDS, BOUNDS[-1])
    for count, (low, high) in zip(buckets, pairwise(edges), strict=True):
        if count and passed + count >= wanted:
            return round(low + (high - low) * (wanted - passed) / count)
        passed += count
    return BOUNDS[-1]


def added(left: Sequence[int], right: Sequence[int]) -> list[int]:
    return [one + other for one, other in zip(left, right, strict=True)]
