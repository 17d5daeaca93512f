"""Asks the devices a sign-in waits for."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from identity.sign_in import requests
from kernel.jobs import jobs


@jobs.job("sign_in.ask_devices")
async def ask_devices(session: AsyncSession, run: Run) -> None:
    await requests.ask_devices(session, UUID(run.payload["id"]))
