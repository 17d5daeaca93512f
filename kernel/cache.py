"""Redis, which may vanish: every use has an answer without it, slower and never wrong."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from kernel.asking import Asking

log = structlog.get_logger()
TIMEOUT = 0.5


class Cache:
    """A thin hand on redis-py: a failing server means None, not an exception."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        self._asking = Asking(self._redis)
        self._scripts: dict[str, AsyncScript] = {}

    async def get(self, key: str) -> bytes | None:
        try:
            value = await self._redis.get(key)
        except (RedisError, OSError) as error:
            self._missed(error)
            return None
        return value if value is None or isinstance(value, bytes) else value.encode()

    async def put(self, key: str, value: bytes, *, seconds: int) -> None:
        try:
            await self._redis.set(key, value, ex=seconds)
        except (RedisError, OSError) as error:
            self._missed(error)

    async def first(self, key: str, *, seconds: int) -> bool | None:
        """True when the key was not there (and is now), False when it was, None when nobody can say."""
        try:
            return await self._asking.first(key, seconds=seconds)
        except (RedisError, OSError) as error:
            self._missed(error)
            return None

    async def count(self, key: str, *, seconds: int) -> int | None:
        """Add one to a counter that lives `seconds` from its first use; None when nobody can say."""
        try:
            return await self._asking.count(key, seconds=seconds)
        except (RedisError, OSError) as error:
            self._missed(error)
            return None

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """The answer of a Lua script, sent once and called by its hash; None when nobody can say."""
        registered = self._scripts.get(script) or self._scripts.setdefault(script, self._redis.register_script(script))
        try:
            return await registered(keys=list(keys), args=list(arguments))
        except (RedisError, OSError) as error:
            self._missed(error)
            return None

    async def publish(self, channel: str, message: bytes) -> None:
        try:
            await self._redis.publish(channel, message)
        except (RedisError, OSError) as error:
            self._missed(error)

    @asynccontextmanager
    async def subscription(self, pattern: str) -> AsyncIterator[PubSub]:
        """A pattern subscription; raises RedisError or OSError when the server is away, and the caller falls back."""
        async with self._redis.pubsub() as pubsub:
            await pubsub.psubscribe(pattern)
            yield pubsub

    async def alive(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        await self._asking.close()
        await self._redis.aclose()

    def _missed(self, error: Exception) -> None:
        log.warning("cache.away", error=type(error).__name__)
