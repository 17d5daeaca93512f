"""One ear per process for all its open streams: Redis tells at once; the inbox is asked now and then, more often while Redis is gone."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from hanoismart.server.database import Database
from kernel.cache import Cache
from kernel.reads import HotRead
from notifications.inbox.models import InboxCounter, Notification
from notifications.stream.jobs import PREFIX

log = structlog.get_logger()
QUEUE = 64
BATCH = 200
MOST_PER_PERSON = 10
_AFTER = HotRead(
    "inbox after",
    select(Notification.seq, Notification.id)
    .where(Notification.person_id == bindparam("person", type_=Uuid), Notification.seq > bindparam("seq"))
    .order_by(Notification.seq)
    .limit(literal_column(str(BATCH))),
)
_LAST = HotRead("inbox ends", select(InboxCounter).where(InboxCounter.person_id == bindparam("people", type_=ARRAY(Uuid)).any_()))


@dataclass(frozen=True, slots=True)
class Signal:
    """Something up to `seq` stands in the inbox; `id` when that one message is known."""

    seq: int
    id: str | None = None
    close: bool = False


@dataclass(slots=True, eq=False)
class Listener:
    person_id: UUID
    queue: asyncio.Queue[Signal] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    overflowed: bool = False

    def offer(self, signal: Signal) -> None:
        try:
            self.queue.put_nowait(signal)
        except asyncio.QueueFull:
            self.overflowed = True


class Streams:
    """Starts with the first listener; `close` ends it and every open stream."""

    def __init__(self, database: Database, cache: Cache, *, ping: float = 25, healthy: float = 15, away: float = 2) -> None:
        """`ping`: seconds between comments that keep a quiet line open; `healthy`, `away`: seconds between looks into the inbox."""
        self.ping = ping
        self._database, self._cache = database, cache
        self._healthy, self._away = healthy, away
        self._listeners: dict[UUID, dict[Listener, None]] = {}
        self.connected = False
        """Whether Redis tells this process of new messages; without it they are found by looking."""
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    @contextlib.contextmanager
    def listening(self, person_id: UUID) -> Iterator[Listener]:
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._look())]
        listener = Listener(person_id)
        if self._closed:
            listener.offer(Signal(0, close=True))
        mine = self._listeners.setdefault(person_id, {})
        if len(mine) >= MOST_PER_PERSON:
            self._forget(person_id, next(iter(mine))).offer(Signal(0, close=True))
        self._listeners.setdefault(person_id, mine)[listener] = None
        try:
            yield listener
        finally:
            self._forget(person_id, listener)

    def _forget(self, person_id: UUID, listener: Listener) -> Listener:
        mine = self._listeners.get(person_id, {})
        mine.pop(listener, None)
        if not mine:
            self._listeners.pop(person_id, None)
        return listener

    def listeners(self, person_id: UUID) -> tuple[Listener, ...]:
        return tuple(self._listeners.get(person_id, ()))

    async def after(self, person_id: UUID, seq: int) -> list[tuple[int, str]] | None:
        """Numbers and ids of at most 200 messages after `seq`, oldest first; None when the database cannot be asked now."""
        try:
            return [(row["seq"], str(row["id"])) for row in await _AFTER.all(self._database, person=person_id, seq=seq)]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    async def last(self, person_id: UUID) -> int:
        """The number of the person's newest message, 0 without one."""
        rows = await _LAST.all(self._database, people=[person_id])
        return int(rows[0]["last_seq"]) if rows else 0

    async def close(self) -> None:
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.offer(Signal(0, close=True))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hear(self) -> None:
        while True:
            try:
                async with self._cache.subscription(f"{PREFIX}*") as subscription:
                    self._turn(connected=True)
                    while True:
                        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=5.0)
                        if message is not None:
                            self._dispatch(message)
            except Exception as error:  # noqa: BLE001 (whatever happens, the ear must come back by itself)
                log.warning("stream.redis_away", error=type(error).__name__)
            self._turn(connected=False)
            await asyncio.sleep(self._away)

    def _turn(self, *, connected: bool) -> None:
        self.connected = connected
        self._changed.set()  # a look into the inbox now: something may have been said while nobody listened

    def _dispatch(self, message: dict[str, Any]) -> None:
        try:
            person_id = UUID(message["channel"].decode().removeprefix(PREFIX))
            said = orjson.loads(message["data"])
            signal = Signal(int(said.get("seq", 0)), said.get("id"), bool(said.get("close")))
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        for listener in self.listeners(person_id):
            listener.offer(signal)

    async def _look(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._healthy if self.connected else self._away)
            self._changed.clear()
            try:
                rows = await _LAST.all(self._database, people=list(self._listeners))
            except Exception as error:  # noqa: BLE001 (whatever happens, the next look must take place)
                log.warning("stream.database_away", error=type(error).__name__)
                continue
            for row in rows:
                for listener in self.listeners(row["person_id"]):
                    listener.offer(Signal(row["last_seq"]))
