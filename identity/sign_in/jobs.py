"""Asks the devices a sign-in waits for, and removes requests that are long over."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.sign_in import requests
from identity.sign_in.models import SignInRequest
from kernel import purging
from kernel.jobs import jobs


@jobs.job("sign_in.ask_devices")
async def ask_devices(session: AsyncSession, run: Run) -> None:
    await requests.ask_devices(session, UUID(run.payload["id"]))


@jobs.job("sign_in.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    await purging.bit(session, SignInRequest, SignInRequest.expires_at < now() - timedelta(minutes=10))


jobs.every("*/5 * * * *", "sign_in.purge")
