"""Sends one-time codes after the commit, and removes the flows that are over."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.contacts import service
from identity.contacts.models import PhoneFlow
from identity.ports import CodeSender
from kernel.jobs import jobs


@jobs.steps("contacts.send_code", max_attempts=4)
async def send_code(run: Run) -> None:
    """Reads the sealed code of the flow, lets the session go, and sends."""
    async with run.database.transaction() as session:
        message = await service.waiting(session, UUID(run.payload["id"]))
    if message is not None:
        sender: CodeSender = run.resources["code_sender"]
        await sender.send(*message)


@jobs.job("contacts.purge", lane="bulk")
async def purge(session: AsyncSession, _run: Run) -> None:
    await session.execute(delete(PhoneFlow).where(PhoneFlow.expires_at < now() - timedelta(hours=1)))


jobs.every("*/5 * * * *", "contacts.purge")
