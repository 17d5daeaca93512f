"""Sends security notices."""

from uuid import UUID

from sqlalchemy import update

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.notices import service
from identity.notices.models import OutgoingNotice
from identity.notices.words import SUBJECT, written
from identity.ports import Messenger
from kernel.jobs import jobs


@jobs.steps("notices.send", max_attempts=8)
async def send(run: Run) -> None:
    """Reads the sealed row, lets the session go, sends, and marks it sent."""
    notice_id = UUID(run.payload["id"])
    async with run.database.transaction() as session:
        found = await service.waiting(session, notice_id)
    if found is None:
        return
    row, destination, link = found
    messenger: Messenger = run.resources["messenger"]
    await messenger.send(row.channel, destination, SUBJECT.in_(row.locale), written(row.kind, row.locale, link))
    async with run.database.transaction() as session:
        await session.execute(update(OutgoingNotice).where(OutgoingNotice.id == notice_id).values(sent_at=now()))
