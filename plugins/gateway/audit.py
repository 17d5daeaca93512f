"""Writes the gateway's passages in batches, away from the calls themselves; what cannot be written is counted, not waited for."""

import asyncio
from collections import deque
from contextlib import suppress
from operator import attrgetter
from typing import Any, Final

import structlog

from hanoismart.gateway import GatewayRequest, Passage
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from plugins.gateway.models import PassageRow

MOST: Final = 20_000
BATCH: Final = 1_000
SECONDS: Final = 1.0
_TABLE: Final = PassageRow.__tablename__
_SCHEMA: Final = PassageRow.metadata.schema
_FIELDS: Final = ("at", "app_id", "version_code", "method", "status", "code", "milliseconds", "sent", "received")
_COLUMNS: Final = ("id", *_FIELDS)
_values = attrgetter(*_FIELDS)
log = structlog.get_logger()


def _row(passage: Passage) -> tuple[Any, ...]:
    return (new_id(), *_values(passage))


class PassageLog:
    """Call `start` where the process begins and `stop` where it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Passage] = deque()
        self._lost = 0
        self._task: asyncio.Task[None] | None = None

    def record(self, request: GatewayRequest, passage: Passage) -> None:  # noqa: ARG002 (the port's shape; nothing of the request is kept)
        if len(self._waiting) >= MOST:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append(passage)

    async def flush(self) -> None:
        """Write what waits."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            async with self._database.reader() as connection:
                # COPY costs a tenth of what inserts do, and there is one row per call of every mini-app.
                await connection.copy_records_to_table(_TABLE, schema_name=_SCHEMA, columns=_COLUMNS, records=map(_row, batch))
        if self._lost:
            log.warning("gateway.passages_lost", count=self._lost)
            self._lost = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what waits, and end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001 (the next second tries again with what comes then)
                log.warning("gateway.audit_interrupted", error=type(error).__name__)
