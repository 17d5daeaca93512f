"""The queue of privacy officers, and what relying parties read and confirm."""

from typing import Any
from uuid import UUID

from hanoismart.clock import now
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.moderation.policies import masked
from identity.moderation.schemas import TextOut
from identity.privacy import handling, partners, service
from identity.privacy.handling import ExtendedAlready, OwnRequest, RequestTaken
from identity.privacy.models import PrivacyRequest
from identity.privacy.schemas import (
    AnswerIn,
    ExtensionIn,
    PartnerRequestOut,
    RequestOut,
    RequestStepOut,
    StaffRequestOut,
    StaffRequestViewOut,
)
from identity.privacy.service import RequestNotFound, RequestOver
from identity.privacy.stuck import NotStuck, retry
from kernel.access import CallerDep, Client, Staff

router = Router(tags=["privacy"])
_PATH = "/v1/staff/privacy/requests"
_HELD: list[Any] = [RequestNotFound, RequestTaken, RequestOver]


@router.get(_PATH, audience=Staff("privacy.handle"), problems=[CursorInvalid], response_model=ListOut[StaffRequestOut])
async def list_requests(
    session: Session, caller: CallerDep, page: Paging, *, overdue: bool = False, stuck: bool = False
) -> ListOut[StaffRequestOut]:
    """The open requests, what is due first at the top; never one's own."""
    by = [PrivacyRequest.due_at, PrivacyRequest.id]
    found = await paginate(session, handling.queue(caller.person, overdue=overdue, stuck=stuck), by, page, newest_first=False)
    return ListOut(items=[_out(row, caller.person) for row in found.items], next=found.next)


@router.post(
    _PATH + "/{request_id}/claim",
    audience=Staff("privacy.handle"),
    problems=[RequestNotFound, OwnRequest, RequestTaken],
    response_model=StaffRequestViewOut,
)
async def claim_request(request_id: UUID, session: Session, caller: CallerDep) -> StaffRequestViewOut:
    """Take a request for half an hour, or renew; what the person wrote is masked."""
    row = await handling.claim(session, request_id, caller.person)
    taken = [
        RequestStepOut(at=one.at, role=one.actor_role, state=one.state.value, note=TextOut(vi=one.note_vi, en=one.note_en))
        for one in await service.steps(session, request_id)
    ]
    return StaffRequestViewOut(**_out(row, caller.person).model_dump(), details=masked(service.details(row)), steps=taken)


@router.post(_PATH + "/{request_id}/acknowledge", audience=Staff("privacy.handle"), problems=_HELD, response_model=StaffRequestOut)
async def acknowledge_request(request_id: UUID, body: AnswerIn, session: Session, caller: CallerDep) -> StaffRequestOut:
    """Say how it goes on."""
    return _out(await handling.acknowledge(session, request_id, caller.person, _note(body), body.internal), caller.person)


@router.post(
    _PATH + "/{request_id}/extend",
    audience=Staff("privacy.handle"),
    problems=[*_HELD, ExtendedAlready],
    response_model=StaffRequestOut,
)
async def extend_request(request_id: UUID, body: ExtensionIn, session: Session, caller: CallerDep) -> StaffRequestOut:
    """Move the deadline once, with the reason the person reads."""
    return _out(await handling.extend(session, request_id, caller.person, _note(body), body.because), caller.person)


@router.post(_PATH + "/{request_id}/finish", audience=Staff("privacy.handle"), problems=_HELD, response_model=StaffRequestOut)
async def finish_request(request_id: UUID, body: AnswerIn, session: Session, caller: CallerDep) -> StaffRequestOut:
    """It is done."""
    return _out(await handling.end(session, request_id, caller.person, _note(body), done=True, internal=body.internal), caller.person)


@router.post(_PATH + "/{request_id}/refuse", audience=Staff("privacy.handle"), problems=_HELD, response_model=StaffRequestOut)
async def refuse_request(request_id: UUID, body: AnswerIn, session: Session, caller: CallerDep) -> StaffRequestOut:
    """It cannot be done, for the reason the person reads."""
    return _out(await handling.end(session, request_id, caller.person, _note(body), done=False, internal=body.internal), caller.person)


@router.post(_PATH + "/{request_id}/retry", audience=Staff("privacy.handle"), problems=[*_HELD, NotStuck], response_model=StaffRequestOut)
async def retry_request(request_id: UUID, session: Session, caller: CallerDep) -> StaffRequestOut:
    """Start the job of a stuck request again; `failed_at` says that one is stuck."""
    return _out(await retry(session, request_id, caller.person), caller.person)


@router.get(
    "/v1/partner/privacy-requests",
    audience=Client("privacy.requests"),
    problems=[CursorInvalid, RequestNotFound],
    response_model=ListOut[PartnerRequestOut],
)
async def partner_requests(session: Session, caller: CallerDep, page: Paging) -> ListOut[PartnerRequestOut]:
    """What people asked of this service through us, and by when."""
    by = [PrivacyRequest.due_at, PrivacyRequest.id]
    found = await paginate(session, partners.waiting(caller.client_id), by, page, newest_first=False)
    listed = [
        PartnerRequestOut(
            id=row.id,
            type=row.type.value,
            sub=await partners.subject(session, caller.client_id, row),
            received_at=row.received_at,
            due_at=row.due_at,
        )
        for row in found.items
    ]
    return ListOut(items=listed, next=found.next)


@router.post(
    "/v1/partner/privacy-requests/{request_id}/done",
    audience=Client("privacy.requests"),
    status_code=204,
    problems=[RequestNotFound, RequestOver],
)
async def partner_done(request_id: UUID, session: Session, caller: CallerDep) -> None:
    """The service has done what was asked."""
    await partners.done(session, caller.client_id, request_id)


def _note(body: AnswerIn) -> Text:
    return Text(vi=body.note_vi, en=body.note_en)


def _out(row: PrivacyRequest, officer: UUID) -> StaffRequestOut:
    moment = now()
    mine = row.lease_owner == officer and row.lease_until is not None and row.lease_until > moment
    return StaffRequestOut(
        **RequestOut.model_validate(row).model_dump(),
        mine=mine,
        lease_until=row.lease_until,
        overdue=row.due_at < moment,
        failed_at=row.failed_at,
    )
