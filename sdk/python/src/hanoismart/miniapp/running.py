"""One event loop on a thread of its own, for callers that do not await."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class Runner:
    """Connections live on its loop and are shared by all who call; the thread is a daemon's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hanoismart", daemon=True)
        self._thread.start()

    def __call__(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """What the work answers, or raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End the thread; nothing may run on it afterwards."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
