"""Officers correct what is known of people, two at a time: one proposes, another decides."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from identity.people import acts
from identity.people.acts import ActNotFound, ActRefused
from identity.people.models import PersonAct
from identity.people.schemas import ActOut
from identity.step_up import service as step_up
from identity.step_up.service import ActionFrozen
from kernel.access import CallerDep, NotAllowed, Staff, StepUpRequired

router = Router(tags=["people"])
CORRECT = Staff("people.correct")
PROPOSING = [ActRefused, NotAllowed, StepUpRequired, ActionFrozen]
OPERATION = "person.merge"


class MergeIn(In):
    kept_id: UUID = Field(description="the account that stays")
    gone_id: UUID = Field(description="the account that is closed and lives on in the other")
    reference: Line = Field(description="the file it rests on; no personal data")


class ReferenceIn(In):
    reference: Line = Field(description="the file it rests on; no personal data")


class DeathIn(In):
    person_id: UUID
    reference: Line = Field(description="the entry of the death register; no personal data")


class DecideIn(In):
    approve: bool


class DecidedOut(Out):
    state: Literal["done", "rejected"]


@router.get("/v1/staff/people/acts", audience=CORRECT, response_model=ListOut[ActOut], problems=[CursorInvalid])
async def list_acts(session: Session, page: Paging) -> ListOut[ActOut]:
    """Suggestions and proposals that wait, the oldest first."""
    found = await paginate(session, acts.waiting(), [PersonAct.created_at, PersonAct.id], page, newest_first=False)
    return ListOut(items=[ActOut.model_validate(row) for row in found.items], next=found.next)


@router.post("/v1/staff/people/merges", audience=CORRECT, status_code=201, response_model=ActOut, problems=PROPOSING)
async def propose_merge(body: MergeIn, session: Session, caller: CallerDep) -> PersonAct:
    """Propose that two accounts are one person's."""
    await step_up.require(session, caller, OPERATION)
    return await acts.propose_merge(session, body.kept_id, body.gone_id, proposed_by=caller.person, reference=body.reference)


@router.post(
    "/v1/staff/people/merges/{act_id}/undoing", audience=CORRECT, status_code=201, response_model=ActOut, problems=[ActNotFound, *PROPOSING]
)
async def propose_undoing(act_id: UUID, body: ReferenceIn, session: Session, caller: CallerDep) -> PersonAct:
    """Propose to undo a merge."""
    await step_up.require(session, caller, OPERATION)
    return await acts.propose_undoing(session, act_id, proposed_by=caller.person, reference=body.reference)


@router.post("/v1/staff/people/deaths", audience=CORRECT, status_code=201, response_model=ActOut, problems=PROPOSING)
async def propose_death(body: DeathIn, session: Session, caller: CallerDep) -> PersonAct:
    """Propose to close an account whose owner has died."""
    await step_up.require(session, caller, OPERATION)
    return await acts.propose_death(session, body.person_id, proposed_by=caller.person, reference=body.reference)


@router.post(
    "/v1/staff/people/acts/{act_id}/proposal", audience=CORRECT, status_code=201, response_model=ActOut, problems=[ActNotFound, *PROPOSING]
)
async def take_up_suggestion(act_id: UUID, body: ReferenceIn, session: Session, caller: CallerDep) -> PersonAct:
    """Make a suggestion one's own proposal, having looked at both."""
    await step_up.require(session, caller, OPERATION)
    return await acts.take_up(session, act_id, proposed_by=caller.person, reference=body.reference)


@router.post("/v1/staff/people/acts/{act_id}/decision", audience=CORRECT, response_model=DecidedOut, problems=[ActNotFound, *PROPOSING])
async def decide_act(act_id: UUID, body: DecideIn, session: Session, caller: CallerDep) -> DecidedOut:
    """Carry out what another officer proposed, or drop it."""
    await step_up.require(session, caller, OPERATION)
    row = await acts.decide(session, act_id, approve=body.approve, decided_by=caller.person)
    return DecidedOut(state="done" if row.state == "done" else "rejected")
