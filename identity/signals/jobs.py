"""Looks at sign-ins after the fact, in the worker: nobody waits for it, and nobody is held up by it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.jobs import Run
from hanoismart.text import Text
from identity.disclosures import service as disclosures
from identity.people.models import Attribute
from identity.people.queries import PersonNotFound
from identity.ports import SimChange
from identity.signals import service
from kernel.jobs import jobs

READER = disclosures.Reader(
    "agency", "hanoismart.signals", Text(vi="HanoiSmart, chống gian lận", en="HanoiSmart, fraud prevention"), "signals"
)
TOLD = Text(vi="Kiểm tra SIM có vừa bị đổi không", en="Asking whether the SIM was changed lately")


@jobs.steps("signals.consider", lane="bulk")
async def consider(run: Run) -> None:
    """Three looks at what we know, then one question to the operator, with no session held meanwhile."""
    person_id, session_id = UUID(run.payload["person_id"]), UUID(run.payload["session_id"])
    async with run.database.transaction() as session:
        await service.consider(session, session_id, run.resources["distances"])
    port: SimChange | None = run.resources.get("sim_change")
    if port is None:
        return
    async with run.database.transaction() as session:
        number = await _number(session, person_id)
    if number is None:
        return
    changed_at = await port.changed_at(number)
    async with run.database.transaction() as session:
        await service.sim_changed(session, person_id, session_id, changed_at)


async def _number(session: AsyncSession, person_id: UUID) -> str | None:
    purpose = disclosures.Purpose("fraud.sim_change", TOLD, "Luật 91/2025/QH15")
    try:
        found = await disclosures.read(session, person_id, [Attribute.PHONE], READER, purpose)
    except PersonNotFound:
        return None
    return found.get(Attribute.PHONE.value)
