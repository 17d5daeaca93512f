"""CPU time of this process, yardstick and product in turn, medians."""

import gc
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Once = Callable[[], Awaitable[object]]
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report. `goal` is what performance asks, in its own words."""

    number: str
    what: str
    measured: str
    goal: str


def thread_nanoseconds() -> int:
    """CPU time of this thread from the scheduler (Linux), which interpreters' own clocks round."""
    return int(Path("/proc/self/schedstat").read_text().split()[0])


async def microseconds(once: Once, times: int) -> float:
    """CPU microseconds of one call, over `times` calls."""
    gc.collect()
    start = thread_nanoseconds()
    for _ in range(times):
        await once()
    return (thread_nanoseconds() - start) / times / 1000


async def in_turn(candidates: Sequence[Once], times: int, rounds: int = ROUNDS) -> list[float]:
    """Medians of CPU microseconds per call, candidates taking turns so that a busy moment strikes all alike."""
    for once in candidates:
        for _ in range(times // 5):
            await once()
    taken: list[list[float]] = [[] for _ in candidates]
    for _ in range(rounds):
        for position, once in enumerate(candidates):
            taken[position].append(await microseconds(once, times))
    return [statistics.median(values) for values in taken]
