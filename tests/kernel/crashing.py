"""A job that can be killed in the middle: it writes its effect, then takes its time before the transaction ends."""

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Jobs, Run

jobs = Jobs("kernel")


@jobs.job("test.crash")
async def crash(session: AsyncSession, run: Run) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(77)"))
    await session.execute(
        text("INSERT INTO public.effect VALUES (:id, :pid, 1) ON CONFLICT DO NOTHING"), {"id": run.payload["id"], "pid": os.getpid()}
    )
    await asyncio.sleep(1.5)
