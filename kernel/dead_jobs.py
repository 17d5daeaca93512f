"""Jobs that failed for good: listed and replayed by an operator, or by the room that put them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class DeadJob:
    """`cause` is the class of the last failure; a message could hold a value, so none is kept."""

    id: int
    name: str
    attempts: int
    failed_at: datetime
    cause: str | None


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A dead job as the room that put it knows it; `failed_at` is by the database's clock."""

    id: int
    payload: dict[str, Any]
    failed_at: datetime


HELD = text("SELECT id, payload, updated FROM kernel.pgqueuer WHERE status = 'failed' AND entrypoint = ANY(:names) ORDER BY id LIMIT 1000")
LIST = text("""
SELECT job.id, job.entrypoint, job.attempts, job.updated, last.message
FROM kernel.pgqueuer AS job
LEFT JOIN LATERAL (
  SELECT coalesce(traceback ->> 'exception_message', '') AS message FROM kernel.pgqueuer_log
  WHERE job_id = job.id AND status = 'failed' ORDER BY created DESC LIMIT 1
) AS last ON true
WHERE job.status = 'failed' ORDER BY job.id LIMIT :limit
""")
REPLAY = text("""
UPDATE kernel.pgqueuer SET status = 'queued', attempts = 0, queue_manager_id = NULL, slot = NULL, execute_after = now(), updated = now()
WHERE status = 'failed' AND id = ANY(:ids) RETURNING id
""")


async def dead_jobs(session: AsyncSession, *, limit: int = 100) -> list[DeadJob]:
    rows = await session.execute(LIST, {"limit": limit})
    return [DeadJob(*row) for row in rows]


async def held(session: AsyncSession, names: Sequence[str]) -> list[HeldJob]:
    """The dead jobs of these names, the oldest thousand."""
    rows = await session.execute(HELD, {"names": list(names)})
    return [HeldJob(row.id, orjson.loads(row.payload), row.updated) for row in rows]


async def replay(session: AsyncSession, ids: Sequence[int]) -> int:
    """Queue held jobs again from their first attempt; returns how many were held."""
    return len((await session.execute(REPLAY, {"ids": list(ids)})).all())
