"""Demands of authorities as a staff API."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from hanoismart.text import Text
from identity.moderation.authorities import service
from identity.moderation.authorities.models import AuthorityOutcome, AuthorityRequest, Channel
from identity.moderation.authorities.service import AuthorityUnknown, Demand, DemandNotFound
from identity.moderation.kinds import SubjectNotFound
from identity.moderation.schemas import TextOut
from kernel.access import CallerDep, Staff

router = Router(tags=["moderation"])


class DemandFromTomorrow(Problem):
    code = "moderation.demand_from_tomorrow"
    status = 422
    title = Text(vi="Thời điểm nhận không thể ở tương lai", en="A demand cannot have come in the future")


class AuthorityOut(Out):
    key: str
    name: TextOut
    source: str


class AuthoritiesOut(Out):
    authorities: list[AuthorityOut]


class DemandIn(In):
    channel: Literal["phone", "paper", "electronic"]
    authority: Line
    reference: Line
    legal_ref: Line
    subject_kind: Line
    subject_id: UUID
    received_at: AwareDatetime = Field(
        description="when it came, by telephone and on paper too", ge=datetime.fromisoformat("2024-01-01T00:00Z")
    )


class AnswerIn(In):
    outcome: Literal["acted", "partly", "refused"]
    note: str = Field(min_length=1, max_length=1000)


class DemandOut(Out):
    id: UUID
    channel: Literal["phone", "paper", "electronic"]
    reference: str
    legal_ref: str
    subject_kind: str
    subject_id: UUID
    case_id: UUID
    received_at: datetime
    due_at: datetime = Field(description="24 hours later, by the wall clock")
    outcome: Literal["acted", "partly", "refused"] | None
    answered_at: datetime | None


@router.get("/v1/moderation/authorities", audience=Staff("moderation.authorities"), response_model=AuthoritiesOut)
async def list_authorities(session: Session) -> AuthoritiesOut:
    """The authorities there are today."""
    rows = await service.authorities(session)
    return AuthoritiesOut(
        authorities=[AuthorityOut(key=row.key, name=TextOut(vi=row.name_vi, en=row.name_en), source=row.source) for row in rows]
    )


@router.post(
    "/v1/moderation/demands",
    audience=Staff("moderation.authorities"),
    status_code=201,
    problems=[AuthorityUnknown, SubjectNotFound, DemandFromTomorrow],
    response_model=DemandOut,
)
async def receive_demand(body: DemandIn, session: Session, caller: CallerDep) -> DemandOut:
    """Write down what an authority asked for; its subject goes before moderators at once."""
    if body.received_at > now():
        raise DemandFromTomorrow
    demand = Demand(**body.model_dump() | {"channel": Channel(body.channel)})
    return DemandOut.model_validate(await service.receive(session, demand, by=caller.person))


@router.get("/v1/moderation/demands", audience=Staff("moderation.read"), problems=[CursorInvalid], response_model=ListOut[DemandOut])
async def list_demands(session: Session, page: Paging, *, waiting: bool = True) -> Page[Any]:
    """Demands by when they are due; without `waiting=false` only those nobody has answered."""
    by = [AuthorityRequest.due_at, AuthorityRequest.id]
    return await paginate(session, service.demands(waiting=waiting), by, page, newest_first=False)


@router.post(
    "/v1/moderation/demands/{demand_id}/answer",
    audience=Staff("moderation.authorities"),
    problems=[DemandNotFound],
    response_model=DemandOut,
)
async def answer_demand(demand_id: UUID, body: AnswerIn, session: Session, caller: CallerDep) -> DemandOut:
    """End a demand with what came of it."""
    outcome = AuthorityOutcome(body.outcome)
    return DemandOut.model_validate(await service.answer(session, demand_id, outcome=outcome, note=body.note, by=caller.person))
