"""What a person asks about their own data, or a guardian for a ward."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.mandates.acting import MandateMissing, acting_for_ward
from identity.moderation.schemas import TextOut
from identity.privacy import archive, clocks, service
from identity.privacy.archive import ArchiveGone
from identity.privacy.models import PrivacyRequest, RequestType
from identity.privacy.schemas import ClockOut, ClocksOut, RequestIn, RequestOut, RequestStepOut, RequestViewOut
from identity.privacy.service import AskedAlready, ClientUnknown, RequestNotFound, RequestOver
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, Person, StepUpRequired
from kernel.limits import TooMany

router = Router(tags=["privacy"])
_PATH = "/v1/me/privacy/requests"


@router.get("/v1/privacy/clocks", audience=Anyone(), response_model=ClocksOut)
async def list_clocks(session: Session) -> ClocksOut:
    """How long each kind of request may take, by which source; what no source confirms is marked."""
    return ClocksOut(clocks=[ClockOut.model_validate(row) for row in await clocks.every(session)])


@router.post(
    _PATH,
    audience=Person(),
    status_code=201,
    problems=[AskedAlready, ClientUnknown, TooMany, StepUpRequired, ActionFrozen],
    response_model=RequestOut,
)
async def ask(body: RequestIn, session: Session, caller: CallerDep) -> PrivacyRequest:
    """See, take away, correct, erase … my data; erasing the account needs a fresh sign-in and leaves time to think."""
    if body.type == "erase" and body.client_id is None:
        await step_up.require(session, caller, "privacy.erase")
    asked = service.Asked(RequestType(body.type), body.details, body.client_id)
    return await service.file(session, caller.person, asked)


@router.post(
    "/v1/me/wards/{ward_id}/privacy/requests",
    audience=Person(),
    status_code=201,
    problems=[MandateMissing, AskedAlready, ClientUnknown, TooMany, StepUpRequired, ActionFrozen],
    response_model=RequestOut,
)
async def ask_for_ward(ward_id: UUID, body: RequestIn, session: Session, caller: CallerDep) -> PrivacyRequest:
    """The same for a ward of mine (Law 91/2025/QH15 Art. 24)."""
    await acting_for_ward(session, caller.person, ward_id)
    if body.type == "erase" and body.client_id is None:
        await step_up.require(session, caller, "privacy.erase")
    asked = service.Asked(RequestType(body.type), body.details, body.client_id, by=caller.person)
    return await service.file(session, ward_id, asked)


@router.get(_PATH, audience=Person(), problems=[CursorInvalid], response_model=ListOut[RequestOut])
async def my_requests(session: Session, caller: CallerDep, page: Paging) -> Page[Any]:
    """What I asked for, and what was asked for me, the newest first."""
    return await paginate(session, service.mine(caller.person), [PrivacyRequest.received_at, PrivacyRequest.id], page)


@router.get(_PATH + "/{request_id}", audience=Person(), problems=[RequestNotFound], response_model=RequestViewOut)
async def my_request(request_id: UUID, session: Session, caller: CallerDep) -> RequestViewOut:
    """One request with every step of it."""
    row = await service.find(session, caller.person, request_id)
    taken = [
        RequestStepOut(at=one.at, role=one.actor_role, state=one.state.value, note=TextOut(vi=one.note_vi, en=one.note_en))
        for one in await service.steps(session, request_id)
    ]
    return RequestViewOut(**RequestOut.model_validate(row).model_dump(), details=service.details(row), steps=taken)


@router.delete(_PATH + "/{request_id}", audience=Person(), status_code=204, problems=[RequestNotFound, RequestOver])
async def cancel(request_id: UUID, session: Session, caller: CallerDep) -> None:
    """Take a request back; an erasure as long as there is time to think."""
    await service.cancel(session, caller.person, request_id)


@router.get(
    _PATH + "/{request_id}/archive",
    audience=Person(),
    problems=[ArchiveGone, StepUpRequired, ActionFrozen],
    responses={200: {"content": {"application/zip": {}}, "description": "the signed archive"}},
    response_class=Response,
)
async def fetch_archive(request_id: UUID, request: Request, session: Session, caller: CallerDep) -> Response:
    """The signed archive, for seven days, after a fresh sign-in."""
    await step_up.require(session, caller, "privacy.export")
    content = await archive.fetch(session, request.scope["runtime"].parts["blobs"], caller.person, request_id)
    headers = {"Content-Disposition": 'attachment; filename="hanoismart.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
