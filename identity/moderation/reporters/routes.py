"""Muting a reporter who floods, with reasons."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Out
from hanoismart.text import Text
from identity.api import people
from identity.api.people import PersonNotFound
from identity.moderation.reporters import service
from identity.moderation.reporters.service import MutingRefused
from kernel.access import CallerDep, Staff

router = Router(tags=["moderation"])


class MutingIn(In):
    days: int = Field(ge=1, le=365)
    reason_vi: str = Field(min_length=1, max_length=500)
    reason_en: str = Field(min_length=1, max_length=500)


class MutingOut(Out):
    id: UUID
    until: datetime


@router.post(
    "/v1/moderation/reporters/{person_id}/mute",
    audience=Staff("moderation.triage"),
    status_code=201,
    problems=[PersonNotFound, MutingRefused],
    response_model=MutingOut,
)
async def mute_reporter(person_id: UUID, body: MutingIn, session: Session, caller: CallerDep) -> MutingOut:
    """Stop somebody's reporting for some days; the reasons stay written."""
    await people.card(session, person_id)
    reason = Text(vi=body.reason_vi, en=body.reason_en)
    return MutingOut.model_validate(await service.mute(session, person_id, days=body.days, reason=reason, by=caller.person))
