"""Sends the codes, and removes the flows that are over."""

from uuid import UUID

from hanoismart.server.jobs import Run
from identity.contacts import codes
from identity.contacts.words import CODES, SUBJECT
from identity.notices.models import Channel
from identity.ports import Messenger
from identity.recovery import sending
from kernel.jobs import jobs


@jobs.steps("contacts.send_code", max_attempts=4)
async def send_code(run: Run) -> None:
    """Reads the sealed code of the flow, lets the session go, and sends."""
    async with run.database.transaction() as session:
        found = await codes.waiting(session, UUID(run.payload["id"]))
    if found is None:
        return
    destination = await sending.destination(run, found) if found.purpose in sending.CHANNELS else found.destination
    if destination is not None:
        messenger: Messenger = run.resources["messenger"]
        channel = Channel.EMAIL if "@" in destination else Channel.SMS
        text = CODES[found.purpose].format(code=found.code).in_(found.locale)
        await messenger.send(channel, destination, SUBJECT.in_(found.locale), text)
