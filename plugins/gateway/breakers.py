"""Keeps breakers in Redis for all processes, read at most once a second; a lost one is closed."""

from time import monotonic
from typing import Final

from hanoismart.gateway import Breaker, unpack
from kernel.cache import Cache

_LIFETIME: Final = 600
_FRESH: Final = 1.0


class SharedBreakers:
    """Breakers under `breaker:` in Redis."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._held: dict[str, tuple[float, Breaker]] = {}

    async def load(self, key: str) -> Breaker:
        held = self._held.get(key)
        if held is not None and monotonic() - held[0] < _FRESH:
            return held[1]
        stored = await self._cache.get(f"breaker:{key}")
        breaker = unpack(stored.decode() if stored is not None else None)
        if stored is None and held is not None and not await self._cache.alive():
            breaker = held[1]  # without Redis this process goes by what it knows itself
        self._held[key] = (monotonic(), breaker)
        return breaker

    async def store(self, key: str, breaker: Breaker) -> None:
        self._held[key] = (monotonic(), breaker)
        await self._cache.put(f"breaker:{key}", breaker.pack().encode(), seconds=_LIFETIME)
