"""What moderators do: the queue, the case, the decision, the second pair of eyes, and the appeals of others' decisions."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.moderation import appeals, cases, decisions, rendering
from identity.moderation.appeals import AppealNotFound, AppealTaken
from identity.moderation.cases import CaseNotFound, CaseTaken, LeaseNeeded
from identity.moderation.decisions import NothingProposed, Verdict, VerdictRefused
from identity.moderation.models import Appeal, Case, CaseState, Decision
from identity.moderation.policies import OwnCase, OwnJudgement, SameEyes
from identity.moderation.rules import RuleUnknown
from identity.moderation.schemas import AppealOut, ApprovalIn, CaseOut, CaseViewOut, DecidedOut, JudgementIn, VerdictIn
from kernel.access import CallerDep, Staff

router = Router(tags=["moderation"])
_ROLE = "moderator"


@router.get("/v1/moderation/cases", audience=Staff("moderation.read"), problems=[CursorInvalid], response_model=ListOut[CaseOut])
async def list_cases(
    session: Session,
    caller: CallerDep,
    page: Paging,
    state: Annotated[
        Literal["open", "assigned", "proposed", "closed"] | None, Query(description="default: all that are not closed")
    ] = None,
    queue: Annotated[str | None, Query(max_length=40, pattern="^[a-z_]+$")] = None,
) -> ListOut[CaseOut]:
    """The queue, what is due first at the top."""
    wanted = cases.queue(caller.person, CaseState(state) if state else None, queue)
    found = await paginate(session, wanted, [Case.sla_due_at, Case.id], page, newest_first=False)
    return ListOut(items=[rendering.case(row, caller.person) for row in found.items], next=found.next)


@router.get("/v1/moderation/cases/{case_id}", audience=Staff("moderation.read"), problems=[CaseNotFound], response_model=CaseViewOut)
async def read_case(case_id: UUID, session: Session, caller: CallerDep) -> CaseViewOut:
    """One case, masked. That an officer looked stands in the owner's own log."""
    return rendering.view(await cases.view(session, case_id, caller.person, role=_ROLE), caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/claim",
    audience=Staff("moderation.decide"),
    problems=[CaseNotFound, CaseTaken, OwnCase],
    response_model=CaseOut,
)
async def claim_case(case_id: UUID, session: Session, caller: CallerDep) -> CaseOut:
    """Take the case for ten minutes, or renew."""
    return rendering.case(await cases.claim(session, case_id, caller.person), caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/release",
    audience=Staff("moderation.decide"),
    status_code=204,
    problems=[CaseNotFound, LeaseNeeded],
)
async def release_case(case_id: UUID, session: Session, caller: CallerDep) -> None:
    """Give the case back."""
    await cases.release(session, case_id, caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/decide",
    audience=Staff("moderation.decide"),
    response_model=DecidedOut,
    problems=[CaseNotFound, LeaseNeeded, OwnCase, RuleUnknown, VerdictRefused],
)
async def decide_case(case_id: UUID, body: VerdictIn, session: Session, caller: CallerDep) -> DecidedOut:
    """Decide, citing the rule. A lock for good is only proposed: somebody else approves it."""
    made = await decisions.decide(session, case_id, caller.person, Verdict(**body.model_dump()))
    if isinstance(made, Decision):
        return DecidedOut(state="decided", decision_id=made.id)
    return DecidedOut(state="proposed", decision_id=None)


@router.post(
    "/v1/moderation/cases/{case_id}/approve",
    audience=Staff("moderation.approve"),
    response_model=DecidedOut,
    problems=[CaseNotFound, NothingProposed, OwnCase, SameEyes],
)
async def approve_case(case_id: UUID, body: ApprovalIn, session: Session, caller: CallerDep) -> DecidedOut:
    """Approve what somebody else proposed, or send the case back to the queue."""
    made = await decisions.approve(session, case_id, caller.person, agree=body.agree)
    return DecidedOut(state="decided" if made else "refused", decision_id=made.id if made else None)


@router.get("/v1/moderation/appeals", audience=Staff("moderation.appeals"), problems=[CursorInvalid], response_model=ListOut[AppealOut])
async def list_appeals(session: Session, caller: CallerDep, page: Paging) -> ListOut[AppealOut]:
    """The appeals nobody has judged, the oldest first."""
    found = await paginate(session, appeals.waiting(), [Appeal.filed_at, Appeal.id], page, newest_first=False)
    return ListOut(items=[rendering.appeal_for_staff(row, caller.person) for row in found.items], next=found.next)


@router.post(
    "/v1/moderation/appeals/{appeal_id}/claim",
    audience=Staff("moderation.appeals"),
    response_model=AppealOut,
    problems=[AppealNotFound, AppealTaken, OwnJudgement],
)
async def claim_appeal(appeal_id: UUID, session: Session, caller: CallerDep) -> AppealOut:
    """Take the appeal for ten minutes, or renew; never against one's own decision."""
    return rendering.appeal_for_staff(await appeals.claim(session, appeal_id, caller.person), caller.person)


@router.post(
    "/v1/moderation/appeals/{appeal_id}/judge",
    audience=Staff("moderation.appeals"),
    response_model=AppealOut,
    problems=[AppealNotFound, AppealTaken, OwnJudgement],
)
async def judge_appeal(appeal_id: UUID, body: JudgementIn, session: Session, caller: CallerDep) -> AppealOut:
    """Let the decision stand or undo it, with an answer in both languages."""
    answer = Text(vi=body.answer_vi, en=body.answer_en)
    row = await appeals.judge(session, appeal_id, caller.person, change=body.change, answer=answer)
    return rendering.appeal_for_staff(row, caller.person)
