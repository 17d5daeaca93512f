"""Breach records as a staff API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from identity.breaches import service
from identity.breaches.models import Breach, ToldKind
from identity.breaches.service import BreachFromTomorrow, BreachNotFound, BreachStands, NewBreach
from kernel.access import CallerDep, Staff

router = Router(tags=["breaches"])
_PATH = "/v1/staff/breaches"
Severity = Annotated[int, Field(ge=1, le=4, description="1 low to 4 urgent")]
Note = Annotated[str, Field(min_length=1, max_length=2000)]
EARLIEST = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


class BreachIn(In):
    title: Line
    account: str = Field(min_length=1, max_length=10_000, description="what happened; kept sealed")
    severity: Severity
    attributes: Annotated[list[Line], Field(max_length=30, description="kinds of data, never values")]
    persons_affected: int | None = Field(None, ge=0, le=100_000_000)
    noticed_at: AwareDatetime = Field(ge=EARLIEST, description="the clock of 72 hours starts here")


class AssessmentIn(In):
    severity: Severity
    persons_affected: int = Field(ge=0, le=100_000_000)
    note: Note


class ToldIn(In):
    kind: Literal["authority", "persons", "public", "processor"] = Field(description="telling the authority stops the clock")
    whom: Line
    note: Note


class CloseIn(In):
    no_notice_because: str | None = Field(None, max_length=1000, description="where nobody had to be told")
    note: Note


class BreachOut(Out):
    id: UUID
    title: str
    severity: int
    state: Literal["open", "assessed", "notified", "closed"]
    attributes: list[str]
    persons_affected: int | None
    noticed_at: datetime
    due_at: datetime
    notified_at: datetime | None
    closed_at: datetime | None


class BreachStepOut(Out):
    at: datetime
    state: Literal["open", "assessed", "notified", "closed"]
    told: Literal["authority", "persons", "public", "processor"] | None
    told_whom: str | None
    note: str


class BreachViewOut(BreachOut):
    account: str
    steps: list[BreachStepOut]


@router.post(_PATH, audience=Staff("breaches.handle"), status_code=201, problems=[BreachFromTomorrow], response_model=BreachOut)
async def open_breach(body: BreachIn, session: Session, caller: CallerDep) -> Breach:
    """Write down that data got where it should not be."""
    return await service.open_record(session, NewBreach(**body.model_dump()), by=caller.person)


@router.get(_PATH, audience=Staff("breaches.read"), problems=[CursorInvalid], response_model=ListOut[BreachOut])
async def list_breaches(session: Session, page: Paging, *, running: bool = False) -> Page[Any]:
    """Every record by when it is due, or those whose clock runs."""
    return await paginate(session, service.every(running=running), [Breach.due_at, Breach.id], page, newest_first=False)


@router.get(_PATH + "/{breach_id}", audience=Staff("breaches.read"), problems=[BreachNotFound], response_model=BreachViewOut)
async def read_breach(breach_id: UUID, session: Session) -> BreachViewOut:
    """One record with every step and who was told."""
    row = await service.find(session, breach_id)
    taken = [BreachStepOut.model_validate(one) for one in await service.steps(session, breach_id)]
    return BreachViewOut(**BreachOut.model_validate(row).model_dump(), account=service.words(row), steps=taken)


@router.post(
    _PATH + "/{breach_id}/assess", audience=Staff("breaches.handle"), problems=[BreachNotFound, BreachStands], response_model=BreachOut
)
async def assess_breach(breach_id: UUID, body: AssessmentIn, session: Session, caller: CallerDep) -> Breach:
    """What the breach comes to."""
    return await service.assess(session, breach_id, **body.model_dump(), by=caller.person)


@router.post(
    _PATH + "/{breach_id}/told", audience=Staff("breaches.handle"), problems=[BreachNotFound, BreachStands], response_model=BreachOut
)
async def told_of_breach(breach_id: UUID, body: ToldIn, session: Session, caller: CallerDep) -> Breach:
    """Write down who was told, and how."""
    return await service.told(session, breach_id, kind=ToldKind(body.kind), whom=body.whom, note=body.note, by=caller.person)


@router.post(
    _PATH + "/{breach_id}/close", audience=Staff("breaches.handle"), problems=[BreachNotFound, BreachStands], response_model=BreachOut
)
async def close_breach(breach_id: UUID, body: CloseIn, session: Session, caller: CallerDep) -> Breach:
    """Close a record that was told, or that need not be, with the reason."""
    return await service.close(session, breach_id, **body.model_dump(), by=caller.person)
