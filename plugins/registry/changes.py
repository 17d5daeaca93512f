"""Tells every process in a quarter of a second that something about an app changed, by reading one small table, without Redis."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.database import Database
from plugins.registry.models import RegistryChange

EVERY: Final = 0.2
"""Seconds between two looks: what is stopped is stopped everywhere within a second."""
BEHIND: Final = 500
"""Numbers are given out before they are committed: so many are looked at again."""
EVERYTHING: Final = "*"
log = structlog.get_logger()


async def changed(session: AsyncSession, app_id: str | None) -> None:
    """Say in the caller's transaction that an app changed; None for all of them."""
    session.add(RegistryChange(app_id=app_id))
    await session.flush()


async def newest(session: AsyncSession) -> int:
    """The number of the last change: a mark for whatever is derived from the registry."""
    return await session.scalar(select(func.max(RegistryChange.id))) or 0


class Changes:
    """The feed of one process. `start` where it begins, `stop` where it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callbacks: list[Callable[[str], None]] = []
        self._waiting: set[asyncio.Queue[str]] = set()
        self._seen: deque[int] = deque(maxlen=4 * BEHIND)
        self._last = 0
        self._task: asyncio.Task[None] | None = None

    def on_change(self, callback: Callable[[str], None]) -> None:
        """Call `callback(app_id)` after every change, `*` where everything may have changed."""
        self._callbacks.append(callback)

    async def subscribe(self, app_id: str | None) -> AsyncIterator[str]:
        """Each change of one app (of all where None) from now on; ends with the process."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._waiting.add(queue)
        try:
            while True:
                heard = await queue.get()
                if heard in {EVERYTHING, app_id} or app_id is None:
                    yield heard
        finally:
            self._waiting.discard(queue)

    async def look(self) -> None:
        """Read what is new, and tell."""
        async with self._database.session() as session:
            found = select(RegistryChange.id, RegistryChange.app_id).where(RegistryChange.id > self._last - BEHIND)
            rows = (await session.execute(found.order_by(RegistryChange.id))).all()
        fresh = [(number, app_id) for number, app_id in rows if number not in self._seen]
        for number, app_id in fresh:
            self._seen.append(number)
            self._last = max(self._last, number)
            self._tell(app_id or EVERYTHING)

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def _tell(self, app_id: str) -> None:
        for callback in self._callbacks:
            callback(app_id)
        for queue in self._waiting:
            with suppress(asyncio.QueueFull):  # whoever is so far behind looks at the state itself, not at each change
                queue.put_nowait(app_id)

    async def _watch(self) -> None:
        while True:
            try:
                if not self._last:
                    async with self._database.session() as session:
                        self._last = await newest(session)
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("registry.changes_unread", error=type(error).__name__)
            await asyncio.sleep(EVERY)
