"""What was revoked lately, in every process's memory: read from PostgreSQL every second, so that Redis is not needed for it."""

import asyncio
import contextlib
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hanoismart.clock import now
from hanoismart.server.database import Database
from identity.oauth.tokens import ACCESS_LIFETIME
from identity.sessions.models import Revocation

log = structlog.get_logger()
EVERY = 1.0
OVERLAP = timedelta(seconds=10)


class Revocations:
    """Subjects whose tokens issued before a moment are dead."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before: dict[tuple[str, str], datetime] = {}
        self._read_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def hit(self, subjects: Collection[tuple[str, str]], issued_at: datetime) -> bool:
        # A token's `iat` has whole seconds: one issued in the very second of the revocation counts as revoked.
        if self._before.keys().isdisjoint(subjects):
            return False
        return any((before := self._before.get(subject)) is not None and issued_at <= before for subject in subjects)

    async def read(self) -> None:
        """Take in what is new, and forget what no living token can meet."""
        since = (self._read_at or now() - ACCESS_LIFETIME) - OVERLAP
        started = now()
        async with self._database.session() as session:
            rows = (await session.execute(select(Revocation.kind, Revocation.subject, Revocation.at).where(Revocation.at >= since))).all()
        for kind, subject, at in rows:
            key = (str(kind), subject)
            self._before[key] = max(at, self._before.get(key, at))
        horizon = now() - ACCESS_LIFETIME - OVERLAP
        self._before = {key: at for key, at in self._before.items() if at >= horizon}
        self._read_at = started

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            try:
                await self.read()
            except (SQLAlchemyError, OSError) as error:
                log.warning("revocations.unread", error=type(error).__name__)
            await asyncio.sleep(EVERY)
