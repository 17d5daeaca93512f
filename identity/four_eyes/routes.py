"""Actions for two people as a staff API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from identity.api import people
from identity.api.disclosures import AttributeUnknown
from identity.api.people import PersonNotFound
from identity.four_eyes import actions, service
from identity.four_eyes.models import ActionKind, FourEyesAction
from identity.four_eyes.service import ActionNotFound, NewAction
from identity.moderation.policies import OwnCase, SameEyes
from identity.moderation.schemas import ApprovalIn
from identity.pii_access.flags import FlaggedRecordClosed
from kernel.access import CallerDep, Staff

router = Router(tags=["four-eyes"])
_PATH = "/v1/staff/four-eyes"


class UnverifyIn(In):
    person_id: UUID
    because: str = Field(min_length=10, max_length=1000)


class PiiExportIn(UnverifyIn):
    attributes: Annotated[list[str], Field(min_length=1, max_length=10)]
    recipient: Line = Field(description="which authority gets it; the person reads it in their own log")
    legal_ref: Line


class ActionOut(Out):
    id: UUID
    kind: Literal["unverify", "bulk", "pii_export"]
    person_id: UUID | None
    because: str
    proposed_at: datetime
    executed_at: datetime | None
    refused_at: datetime | None


class ExportedOut(Out):
    values: dict[str, str]


@router.post(
    _PATH + "/unverify",
    audience=Staff("four_eyes.propose"),
    status_code=201,
    problems=[PersonNotFound, OwnCase, FlaggedRecordClosed],
    response_model=ActionOut,
)
async def propose_unverify(body: UnverifyIn, session: Session, caller: CallerDep) -> ActionOut:
    """Propose that a person's identity counts as proved no longer."""
    await people.card(session, body.person_id)
    new = NewAction(ActionKind.UNVERIFY, {}, body.person_id, body.because)
    return ActionOut.model_validate(await service.propose(session, new, by=caller.person))


@router.post(
    _PATH + "/pii-exports",
    audience=Staff("four_eyes.propose"),
    status_code=201,
    problems=[PersonNotFound, OwnCase, FlaggedRecordClosed, AttributeUnknown],
    response_model=ActionOut,
)
async def propose_export(body: PiiExportIn, session: Session, caller: CallerDep) -> ActionOut:
    """Propose that named attributes of a person are handed to an authority."""
    await people.card(session, body.person_id)
    if not actions.known(body.attributes):
        raise AttributeUnknown
    payload: dict[str, Any] = {"attributes": body.attributes, "recipient": body.recipient, "legal_ref": body.legal_ref}
    new = NewAction(ActionKind.PII_EXPORT, payload, body.person_id, body.because)
    return ActionOut.model_validate(await service.propose(session, new, by=caller.person))


@router.get(_PATH, audience=Staff("four_eyes.approve"), problems=[CursorInvalid], response_model=ListOut[ActionOut])
async def list_actions(session: Session, page: Paging) -> Page[Any]:
    """What waits for a second pair of eyes, the oldest first."""
    by = [FourEyesAction.proposed_at, FourEyesAction.id]
    return await paginate(session, service.waiting(), by, page, newest_first=False)


@router.post(
    _PATH + "/{action_id}/approve",
    audience=Staff("four_eyes.approve"),
    problems=[ActionNotFound, SameEyes, OwnCase, FlaggedRecordClosed, PersonNotFound],
    response_model=ActionOut,
)
async def approve_action(action_id: UUID, body: ApprovalIn, session: Session, caller: CallerDep) -> ActionOut:
    """Carry out what somebody else proposed, or refuse it."""
    return ActionOut.model_validate(await service.approve(session, action_id, by=caller.person, agree=body.agree))


@router.get(_PATH + "/{action_id}/export", audience=Staff("four_eyes.propose"), problems=[ActionNotFound], response_model=ExportedOut)
async def read_export(action_id: UUID, session: Session, caller: CallerDep) -> ExportedOut:
    """What was exported, for the one who proposed it."""
    found = await session.get(FourEyesAction, action_id)
    if found is None:
        raise ActionNotFound
    return ExportedOut(values=actions.opened(found, caller.person))
