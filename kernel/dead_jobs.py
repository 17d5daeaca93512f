"""Jobs that failed for good: listed and replayed by an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


async def replay(session: AsyncSession, ids: Sequence[int]) -> int:
    """Queue held jobs again from their first attempt; returns how many were held."""
    return len((await session.execute(REPLAY, {"ids": list(ids)})).all())
