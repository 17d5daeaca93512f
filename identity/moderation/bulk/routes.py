"""Bulks as a staff API: preview, carry out, approve, undo, all under one id."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.moderation.bulk import service
from identity.moderation.bulk.models import Bulk
from identity.moderation.bulk.schemas import BulkIn, BulkItemOut, BulkOut, BulkViewOut
from identity.moderation.bulk.service import BulkNotFound, BulkStands
from identity.moderation.cases import CaseNotFound
from identity.moderation.policies import OwnCase, SameEyes
from identity.moderation.schemas import ApprovalIn
from identity.moderation.staff_routes import verdict_of
from identity.pii_access.flags import FlaggedRecordClosed
from kernel.access import CallerDep, Staff

router = Router(tags=["moderation"])
_PATH = "/v1/moderation/bulks"


@router.post(_PATH, audience=Staff("moderation.bulk"), status_code=201, problems=[CaseNotFound, BulkStands], response_model=BulkViewOut)
async def preview_bulk(body: BulkIn, session: Session, caller: CallerDep) -> BulkViewOut:
    """What one verdict would do to these cases; nothing happens yet."""
    return await _view(session, await service.preview(session, body.case_ids, verdict_of(body.verdict), by=caller.person))


@router.get(_PATH, audience=Staff("moderation.read"), problems=[CursorInvalid], response_model=ListOut[BulkOut])
async def list_bulks(session: Session, page: Paging) -> Page[Any]:
    """Every bulk, the newest first."""
    return await paginate(session, service.every(), [Bulk.made_at, Bulk.id], page)


@router.get(_PATH + "/{bulk_id}", audience=Staff("moderation.read"), problems=[BulkNotFound], response_model=BulkViewOut)
async def read_bulk(bulk_id: UUID, session: Session) -> BulkViewOut:
    """One bulk and what became of each case in it."""
    return await _view(session, await service.find(session, bulk_id))


@router.post(
    _PATH + "/{bulk_id}/execute", audience=Staff("moderation.bulk"), problems=[BulkNotFound, BulkStands], response_model=BulkViewOut
)
async def execute_bulk(bulk_id: UUID, session: Session, caller: CallerDep) -> BulkViewOut:
    """Carry out what one has previewed; over fifty cases it waits for somebody else's approval."""
    return await _view(session, await service.execute(session, bulk_id, by=caller.person))


@router.post(
    _PATH + "/{bulk_id}/approve",
    audience=Staff("moderation.approve"),
    problems=[BulkNotFound, BulkStands, SameEyes, CaseNotFound],
    response_model=BulkViewOut,
)
async def approve_bulk(bulk_id: UUID, body: ApprovalIn, session: Session, caller: CallerDep) -> BulkViewOut:
    """Approve somebody else's bulk over fifty cases, or refuse it."""
    return await _view(session, await service.approve(session, bulk_id, by=caller.person, agree=body.agree))


@router.post(
    _PATH + "/{bulk_id}/undo",
    audience=Staff("moderation.bulk"),
    problems=[BulkNotFound, BulkStands, CaseNotFound, OwnCase, FlaggedRecordClosed],
    response_model=BulkViewOut,
)
async def undo_bulk(bulk_id: UUID, session: Session, caller: CallerDep) -> BulkViewOut:
    """Undo every decision of the bulk."""
    return await _view(session, await service.undo_all(session, bulk_id, by=caller.person))


async def _view(session: AsyncSession, row: Bulk) -> BulkViewOut:
    listed = [BulkItemOut.model_validate(item) for item in await service.items(session, row.id)]
    return BulkViewOut(**BulkOut.model_validate(row).model_dump(), items=listed)
