"""Closes a person's open streams in every process when a session of theirs ended."""

from uuid import UUID

from app.wiring.identity import CLOSE_STREAMS
from hanoismart.server.jobs import Run
from kernel.jobs import jobs
from notifications.api.streams import close_streams


@jobs.steps(CLOSE_STREAMS)
async def close(run: Run) -> None:
    await close_streams(run.resources["cache"], UUID(run.payload["person_id"]))
