"""Where a recovery's code goes, found out in the job that sends it: whoever asks cannot measure whether there is anybody."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.contacts import codes
from identity.contacts.codes import Waiting
from identity.contacts.models import CodePurpose
from identity.events import SimChanged
from identity.notices import service as notices
from identity.notices.models import Channel
from identity.ports import SimChange
from identity.recovery.models import Recovery, RecoveryState
from identity.settings import settings
from kernel.events import emit
from kernel.limits import count

CHANNELS = {CodePurpose.RECOVERY_PHONE: Channel.SMS, CodePurpose.RECOVERY_EMAIL: Channel.EMAIL}


async def destination(run: Run, found: Waiting) -> str | None:
    """The account's own number or address; None where there is none, it is being flooded, or its SIM was changed lately."""
    async with run.database.transaction() as session:
        known = await _known(session, found)
    if known is None or found.purpose is not CodePurpose.RECOVERY_PHONE:
        return known
    operator: SimChange | None = run.resources.get("sim_change")
    changed_at = await operator.changed_at(known) if operator is not None else None
    if changed_at is None or now() - changed_at > timedelta(days=settings().sim_change_days):
        return known
    async with run.database.transaction() as session:
        person_id = await session.scalar(select(Recovery.person_id).where(Recovery.id == found.subject))
        if person_id is not None:
            await emit(session, SimChanged(person_id))
    return None


async def _known(session: AsyncSession, found: Waiting) -> str | None:
    row = await session.get(Recovery, found.subject)
    if row is None or row.person_id is None or row.state is not RecoveryState.REQUESTED:
        return None
    known = (await notices.channels_of(session, row.person_id)).get(CHANNELS[found.purpose])
    if known is None:
        return None
    sent = await count(session, f"code-sends-phone:{known}", window=codes.SENDS_WINDOW)
    return known if sent <= settings().codes_per_destination else None
