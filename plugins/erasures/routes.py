"""Backends confirm what they erased; staff see who did not."""

from datetime import datetime
from uuid import UUID

from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut, Out
from kernel.access import CallerDep, Client, Staff
from plugins.erasures import service
from plugins.erasures.models import AppErasure
from plugins.erasures.service import ErasureNotFound

router = Router(tags=["backends"])
BACKEND = Client(scope="backend.read", narrow="backend.erase")  # also for a suspended app, whose tokens open nothing else


class ErasureOut(Out):
    id: UUID
    sub: str
    reason: str
    asked_at: datetime
    due_at: datetime
    confirmed_at: datetime | None


class OverdueOut(Out):
    id: UUID
    app_id: str
    reason: str
    asked_at: datetime
    due_at: datetime
    reminders: int


@router.get("/v1/backend/erasures", audience=BACKEND, response_model=ListOut[ErasureOut])
async def list_erasures(session: Session, caller: CallerDep) -> dict[str, object]:
    """What this app was told to erase and has not confirmed."""
    return {"items": await service.of_app(session, caller.client_id), "next": None}


@router.post(
    "/v1/backend/erasures/{erasure_id}/confirm",
    audience=BACKEND,
    response_model=ErasureOut,
    problems=[ErasureNotFound],
)
async def confirm_erasure(erasure_id: UUID, session: Session, caller: CallerDep) -> AppErasure:
    """Say that everything about this person is erased."""
    return await service.confirm(session, caller.client_id, erasure_id)


@router.get("/v1/review/erasures", audience=Staff("miniapps.review"), response_model=ListOut[OverdueOut])
async def list_overdue_erasures(session: Session, page: Paging) -> Page[AppErasure]:
    """Apps that did not say they erased in time."""
    found = await paginate(session, service.overdue(), [AppErasure.due_at, AppErasure.id], page, newest_first=False)
    return Page([row.AppErasure for row in found.items], found.next)
