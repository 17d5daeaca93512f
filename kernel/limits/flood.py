"""Flood control in Redis: coarse, cheap, and open when Redis is away."""

from datetime import timedelta

from kernel.cache import Cache
from kernel.limits.budgets import TooMany


async def flood_control(cache: Cache, key: str, *, limit: int, window: timedelta) -> None:
    """Count one call. Raises TooMany past `limit` in `window`."""
    seconds = int(window.total_seconds())
    counted = await cache.count(f"flood:{key}", seconds=seconds)
    if counted is not None and counted > limit:
        raise TooMany(headers={"Retry-After": str(seconds)})
