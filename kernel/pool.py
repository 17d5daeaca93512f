"""A bounded pool of threads for work that keeps a processor busy, so that it can neither block the loop nor pile up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hanoismart.problems import Problem
from hanoismart.text import Text

Result = TypeVar("Result")


class PoolFull(Problem):
    code = "pool.full"
    status = 503
    title = Text(vi="Hệ thống đang bận, vui lòng thử lại sau ít giây", en="The system is busy, please try again in a few seconds")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


class Pool:
    """`workers` threads; at most `waiting` calls wait for one, and the next is refused."""

    def __init__(self, name: str, *, workers: int = 2, waiting: int = 16) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._free = workers + waiting

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises, computed in a thread. Raises PoolFull at once when the queue is full."""
        if self._free == 0:
            raise PoolFull
        self._free -= 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # The place is free again when the thread is, not when a caller stops waiting.
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Takes no more work; what runs is finished."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _release(self, future: "asyncio.Future[Result]") -> None:
        self._free += 1
        if not future.cancelled():
            future.exception()  # read, so that one nobody waited for is not reported as lost
