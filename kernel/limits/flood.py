"""Flood control in Redis: coarse, cheap, and open when Redis is away."""

from datetime import timedelta

from fastapi import Request

from kernel.cache import Cache
from kernel.http.address import address_of
from kernel.limits.budgets import TooMany
from kernel.settings import settings

MINUTE = timedelta(minutes=1)


async def flood_control(cache: Cache, key: str, *, limit: int, window: timedelta) -> None:
    """Count one call. Raises TooMany past `limit` in `window`."""
    seconds = int(window.total_seconds())
    counted = await cache.count(f"flood:{key}", seconds=seconds)
    if counted is not None and counted > limit:
        raise TooMany(headers={"Retry-After": str(seconds)})


async def open_door(request: Request) -> None:
    """A dependency of routes that anyone may call and that write a row each time: so many a minute from one address. Raises TooMany.

    A request that passed is not counted again.
    """
    scope = request.scope
    cache: Cache | None = scope["runtime"].parts.get("cache")
    if cache is not None and "door_opened" not in scope:
        await flood_control(cache, f"{scope['path']}:{address_of(request)}", limit=settings().open_calls_per_minute, window=MINUTE)
        scope["door_opened"] = True
