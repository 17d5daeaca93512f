"""Tells hosts within a second that the app they show was stopped, by server-sent events that need nobody to be signed in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import orjson

from hanoismart.gateway import AppStatus
from hanoismart.server.database import Database
from hanoismart.text import Text
from plugins.gateway.holding import Held
from plugins.registry.changes import EVERYTHING, Changes
from plugins.registry.serving import choices

PING: Final = 20.0  # seconds between comments that keep a quiet line open
MOST: Final = 5_000  # open watches of one process
MOST_OF_ONE: Final = 500  # of them from one address, behind which many people may sit
LIFE: Final = 900.0  # seconds after which a watch ends and its host asks again


@dataclass(frozen=True, slots=True)
class Watched:
    """One version of an app as one host shows it; `ward`: where the person lives, if that is known."""

    app_id: str
    code: int
    ward: str | None = None


class Watches:
    """Every open watch of one process."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._states: Held[Watched, bytes] = Held(self._read, seconds=0.3)
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._open: Counter[str] = Counter()
        self._closed = False
        changes.on_change(self._changed)

    def full(self, whose: str) -> bool:
        """Whether no further watch can be opened from an address: one client must not take every other's place."""
        return self._open.total() >= MOST or self._open[whose] >= MOST_OF_ONE

    def close(self) -> None:
        """End every watch: the process stops."""
        self._closed = True
        self._changed(EVERYTHING)

    async def lines(self, watched: Watched, whose: str = "") -> AsyncIterator[bytes]:
        """The state now, and whenever it is another one; `whose` is the address it counts for."""
        woken, until = asyncio.Event(), monotonic() + LIFE
        self._waiting.setdefault(watched.app_id, set()).add(woken)
        self._open[whose] += 1
        try:
            told = b""
            yield b"retry: 1000\n\n"
            while not self._closed and monotonic() < until:
                woken.clear()
                state = await self._states.get(watched)
                yield b": ping\n\n" if state == told else b"data: " + state + b"\n\n"
                told = state
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), PING)
        finally:
            self._open[whose] -= 1
            if not self._open[whose]:
                del self._open[whose]
            waiting = self._waiting[watched.app_id]
            waiting.discard(woken)
            if not waiting:
                del self._waiting[watched.app_id]

    def _changed(self, app_id: str) -> None:
        self._states.forget()
        for watched, waiting in self._waiting.items():
            if app_id in {watched, EVERYTHING}:
                for one in waiting:
                    one.set()

    async def _read(self, watched: Watched) -> bytes:
        async with self._database.session() as session:
            chosen = await choices(session, watched.app_id)
        some = None if chosen is None else chosen.any
        served = {one.version_code for one in chosen.all} if chosen is not None else frozenset()
        if some is None or some.status is not AppStatus.PUBLISHED or watched.code not in served:
            return orjson.dumps(_state(running=False, reason=some.reason if some is not None else None))
        reason = some.kills.hit(version_code=watched.code, ward=watched.ward)
        stopped = {
            method: why
            for method in some.kills.methods
            if (why := some.kills.hit(version_code=watched.code, method=method, ward=watched.ward)) is not None
        }
        return orjson.dumps(_state(running=reason is None, reason=reason, stopped=stopped))


def _state(*, running: bool, reason: Text | None, stopped: dict[str, Text] | None = None) -> dict[str, Any]:
    told = {method: {"vi": why.vi, "en": why.en} for method, why in (stopped or {}).items()}
    return {"running": running, "reason": None if reason is None else {"vi": reason.vi, "en": reason.en}, "stopped": told}
