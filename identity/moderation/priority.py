"""Which case comes first: severity times reach, reliability and vulnerability, each shown beside the product."""

from math import log10
from typing import Any, Final

MOST_REACH: Final = 4.0
VULNERABLE: Final = 2.0
LEAST_RELIABILITY, MOST_RELIABILITY = 0.5, 1.5


def reliability(upheld: int, rejected: int) -> float:
    """0.5 to 1.5: the share of reports that proved right, with one of each taken for granted so that a newcomer stands at 1."""
    return LEAST_RELIABILITY + (upheld + 1) / (upheld + rejected + 2)


def score(*, severity: int, reach: int, reliable: float, vulnerable: bool) -> tuple[int, dict[str, Any]]:
    """The priority and its factors. `reach`: how many people see the subject; its tenfold adds one, four at most."""
    seen = min(MOST_REACH, 1 + log10(1 + max(0, reach)))
    weight = VULNERABLE if vulnerable else 1.0
    factors = {
        "severity": severity,
        "reach": round(seen, 2),
        "reliability": round(min(MOST_RELIABILITY, max(LEAST_RELIABILITY, reliable)), 2),
        "vulnerability": weight,
    }
    return round(100 * severity * factors["reach"] * factors["reliability"] * weight), factors
