"""Tells the open streams that a message stands in an inbox, after the commit that put it there."""

from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from kernel.cache import Cache
from kernel.jobs import jobs

PREFIX = "inbox."


@jobs.steps("notifications.announce", max_attempts=1)
async def publish(run: Run) -> None:
    """A lost announcement only delays: streams look into the inbox from time to time."""
    cache: Cache | None = run.resources.get("cache")
    if cache is not None:
        signal = {"seq": run.payload["seq"], "id": run.payload["notification_id"]}
        await cache.publish(PREFIX + run.payload["person_id"], orjson.dumps(signal))


async def announce(session: AsyncSession, person_id: UUID, notification_id: UUID, seq: int) -> None:
    payload = {"person_id": str(person_id), "notification_id": str(notification_id), "seq": seq}
    await jobs.enqueue(session, "notifications.announce", payload)


async def close_streams(cache: Cache, person_id: UUID) -> None:
    """Ends the person's open streams in every process, because their sessions ended."""
    await cache.publish(PREFIX + str(person_id), b'{"close":true}')
