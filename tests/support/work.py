"""Runs waiting jobs at once in the test's own task, in the order they were put, without a worker process."""

from typing import Any

import orjson
from sqlalchemy import text

from hanoismart.server.database import Database
from hanoismart.server.jobs import Run, due
from kernel.jobs import jobs

_TAKE = text("""
DELETE FROM kernel.pgqueuer WHERE id = (
    SELECT id FROM kernel.pgqueuer WHERE entrypoint = ANY(:names) AND NOT (id = ANY(:left)) ORDER BY priority DESC, id LIMIT 1
) RETURNING id, entrypoint, payload
""")


async def waiting(database: Database, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Names and payloads of the jobs in the queue."""
    async with database.session() as session:
        rows = await session.execute(text("SELECT entrypoint, payload FROM kernel.pgqueuer ORDER BY id"))
        return [(row.entrypoint, orjson.loads(row.payload)) for row in rows if row.entrypoint.startswith(prefix)]


async def run_jobs(database: Database, prefix: str = "", *, attempt: int = 0, **resources: Any) -> int:
    """Runs every job whose name starts with `prefix` and that is due by the house's clock; how many. A handler's exception is raised."""
    names, ran = [name for name in jobs.registry if name.startswith(prefix)], 0
    left: list[int] = []
    while True:
        async with database.transaction() as session:
            row = (await session.execute(_TAKE, {"names": names, "left": left})).one_or_none()
            if row is None:
                return ran
            run = Run(orjson.loads(row.payload), attempt, database, resources)
            if due(run).total_seconds() > 0:
                await session.rollback()
                left.append(row.id)
                continue
        await jobs.registry[row.entrypoint].handler(run)
        ran += 1
