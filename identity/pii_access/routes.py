"""POST /v1/pii-access: a purpose and a case open personal data for fifteen minutes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Out
from identity.api import people
from identity.api.disclosures import AttributeUnknown
from identity.api.people import PersonNotFound
from identity.moderation import relatives
from identity.moderation.cases import CaseNotFound, LeaseNeeded
from identity.moderation.policies import OwnCase
from identity.pii_access import flags, service
from identity.pii_access.flags import FlaggedRecordClosed
from identity.pii_access.service import PiiRefused
from kernel.access import CallerDep, Staff
from kernel.limits import TooMany

router = Router(tags=["pii-access"])


class PiiAccessIn(In):
    purpose: str = Field(min_length=10, max_length=300, description="the person reads it in their own log")
    case_id: UUID


class PiiAccessOut(Out):
    id: UUID
    person_id: UUID
    expires_at: datetime


class PiiOut(Out):
    values: dict[str, str]


class FlagIn(In):
    because: str = Field(min_length=1, max_length=300)


@router.post(
    "/v1/pii-access",
    audience=Staff("pii.read"),
    status_code=201,
    problems=[CaseNotFound, LeaseNeeded, OwnCase, FlaggedRecordClosed, PiiRefused],
    response_model=PiiAccessOut,
)
async def open_pii(body: PiiAccessIn, session: Session, caller: CallerDep) -> PiiAccessOut:
    """Open the owner's data of a case one holds, for fifteen minutes."""
    return PiiAccessOut.model_validate(await service.grant(session, caller.person, body.case_id, body.purpose))


@router.get(
    "/v1/pii-access/{grant_id}/data",
    audience=Staff("pii.read"),
    problems=[PiiRefused, AttributeUnknown, PersonNotFound, TooMany],
    response_model=PiiOut,
)
async def read_pii(
    grant_id: UUID, session: Session, caller: CallerDep, attributes: Annotated[list[str], Query(min_length=1, max_length=10)]
) -> PiiOut:
    """The named attributes; each reading stands in the person's own log, with the role and the purpose."""
    return PiiOut(values=await service.read(session, caller.person, grant_id, attributes))


@router.delete("/v1/pii-access/{grant_id}", audience=Staff("pii.read"), status_code=204)
async def close_pii(grant_id: UUID, session: Session, caller: CallerDep) -> None:
    """Give a grant back before its time."""
    await service.end(session, caller.person, grant_id)


@router.put("/v1/staff/flagged-records/{person_id}", audience=Staff("moderation.flag"), status_code=204, problems=[PersonNotFound, OwnCase])
async def flag_record(person_id: UUID, body: FlagIn, session: Session, caller: CallerDep) -> None:
    """Say that a record is of special care: only officers appointed for such open it."""
    await people.card(session, person_id)
    await _require_stranger(session, caller.person, person_id)
    await flags.flag(session, person_id, because=body.because, by=caller.person)


@router.delete("/v1/staff/flagged-records/{person_id}", audience=Staff("moderation.flag"), status_code=204, problems=[NotFound, OwnCase])
async def unflag_record(person_id: UUID, session: Session, caller: CallerDep) -> None:
    """Open a record to all officers again."""
    await _require_stranger(session, caller.person, person_id)
    if not await flags.unflag(session, person_id, by=caller.person):
        raise NotFound


async def _require_stranger(session: Session, officer: UUID, person_id: UUID) -> None:
    """Nobody shuts or opens their own record, or a relative's. Raises OwnCase."""
    if officer == person_id or await relatives.related(session, officer, {person_id}):
        raise OwnCase
