"""Takes a canary back by itself when it fails clearly more often than what is live; chance alone never does."""

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.96
"""95 per cent sure, on either side."""
LEAST_CALLS: Final = 200
THRESHOLD: Final = 0.02
"""How much worse, in errors per call, is too much."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Calls of a version in some time, and how many of them failed by the backend's fault."""

    calls: int
    errors: int


def wilson(measured: Measured) -> tuple[float, float]:
    """The interval in which the true error rate lies (Wilson 1927); everything is possible where nothing was measured."""
    if measured.calls == 0:
        return 0.0, 1.0
    rate, calls = measured.errors / measured.calls, measured.calls
    middle = rate + Z * Z / (2 * calls)
    spread = Z * math.sqrt(rate * (1 - rate) / calls + Z * Z / (4 * calls * calls))
    scale = 1 + Z * Z / calls
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def too_bad(canary: Measured, live: Measured, *, threshold: float = THRESHOLD) -> bool:
    """Whether even the best the canary may be is worse than the worst live may be, by more than the threshold."""
    if canary.calls < LEAST_CALLS:
        return False
    worst_live = wilson(live)[1] if live.calls else 0.0
    return wilson(canary)[0] - worst_live > threshold
