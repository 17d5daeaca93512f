"""One-time keys in Redis: one winner among many, and an answer after the server dropped the connection."""

import asyncio

from redis.asyncio import Redis

from kernel.cache import Cache


async def test_one_of_many_callers_is_the_first(redis: Redis, redis_url: str) -> None:
    cache = Cache(redis_url)
    try:
        answers = await asyncio.gather(*(cache.first(f"once:{number % 5}", seconds=30) for number in range(50)))
        assert sorted(answers[:5], key=str) == [True] * 5
        assert answers[5:] == [False] * 45
        assert 0 < await redis.ttl("once:0") <= 30
    finally:
        await cache.close()


async def test_a_dropped_connection_is_opened_again(redis: Redis, redis_url: str) -> None:
    cache = Cache(redis_url)
    try:
        assert await cache.first("once:before", seconds=30) is True
        await redis.client_kill_filter(_type="normal", skipme=True)
        assert await cache.first("once:before", seconds=30) is False
        assert await cache.first("once:after", seconds=30) is True
    finally:
        await cache.close()


async def test_a_caller_who_leaves_disturbs_nobody(redis: Redis, redis_url: str) -> None:
    assert await redis.dbsize() == 0
    cache = Cache(redis_url)
    try:
        leaving = asyncio.create_task(cache.first("once:left", seconds=30))
        staying = asyncio.create_task(cache.first("once:stayed", seconds=30))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying is True
        assert await cache.first("once:left", seconds=30) is False
    finally:
        await cache.close()


async def test_nobody_can_say_without_a_server() -> None:
    cache = Cache("redis://127.0.0.1:1/0")
    assert set(await asyncio.gather(cache.first("once", seconds=30), cache.first("once", seconds=30))) == {None}
    await cache.close()
