"""The bounded pool refuses what it cannot take, and the place of an abandoned call stays taken until its thread is free."""

import asyncio
import contextlib
import threading

import pytest

from kernel.pool import Pool, PoolFull


async def test_a_full_pool_refuses_at_once_and_takes_work_again_later() -> None:
    pool, gate = Pool("test", workers=1, waiting=1), threading.Event()
    try:
        first, second = (asyncio.create_task(pool.run(gate.wait)) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(PoolFull) as refused:
            await pool.run(lambda: None)
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "2")
        gate.set()
        assert list(await asyncio.gather(first, second)) == [True, True]
        assert await pool.run(lambda: 7) == 7
    finally:
        gate.set()
        pool.close()


async def test_a_caller_who_leaves_does_not_free_the_thread() -> None:
    pool, gate = Pool("test", workers=1, waiting=0), threading.Event()
    try:
        task = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with pytest.raises(PoolFull):
            await pool.run(lambda: None)
    finally:
        gate.set()
        pool.close()


async def test_what_the_work_raises_reaches_the_caller() -> None:
    pool = Pool("test", workers=1)

    def fail() -> None:
        raise LookupError("nothing here")

    try:
        with pytest.raises(LookupError):
            await pool.run(fail)
    finally:
        pool.close()
