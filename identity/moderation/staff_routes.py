"""What moderators do: the queue, the case, the decision, the second pair of eyes, and the appeals of others' decisions."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, ListOut
from hanoismart.text import Text
from identity.access import service as access
from identity.moderation import appeals, cases, decisions, rendering, steps, viewing
from identity.moderation.appeals import AppealNotFound, AppealTaken
from identity.moderation.cases import CaseNotFound, CaseStands, CaseTaken, Filters, LeaseNeeded
from identity.moderation.decisions import NothingProposed
from identity.moderation.fitting import VerdictRefused
from identity.moderation.models import Appeal, Case, CaseState, Decision, Step
from identity.moderation.policies import OwnCase, OwnJudgement, SameEyes
from identity.moderation.rules import RuleUnknown
from identity.moderation.schemas import (
    AppealOut,
    ApprovalIn,
    CaseOut,
    CaseViewOut,
    DecidedOut,
    JudgementIn,
    NoteIn,
    QueueName,
    RerouteIn,
    StateName,
    StepOut,
    VerdictIn,
)
from identity.moderation.verdicts import Verdict
from identity.pii_access.flags import FlaggedRecordClosed
from kernel.access import CallerDep, Permissions, Staff

router = Router(tags=["moderation"])
_ROLE = "moderator"


class CaseFilters(In):
    """What the queue is narrowed to; everything left out is not asked for."""

    state: StateName | None = Field(None, description="default: all that are not closed")
    queue: QueueName | None = None
    subject_kind: str | None = Field(None, max_length=40, pattern="^[a-z_]+$")
    reason: str | None = Field(None, max_length=60, pattern="^[a-z_]+$")
    area_id: UUID | None = None
    language: str | None = Field(None, max_length=10, pattern="^[a-z-]+$")
    lane: bool | None = Field(None, description="minors, self-harm, threats")
    overdue: bool = False
    order: Literal["due", "priority"] = "due"
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=600)


def verdict_of(body: VerdictIn) -> Verdict:
    """The verdict as a proposal can keep it."""
    given = body.model_dump()
    return Verdict(**given | {"authority_request_id": str(body.authority_request_id) if body.authority_request_id else None})


@router.get("/v1/moderation/cases", audience=Staff("moderation.read"), problems=[CursorInvalid], response_model=ListOut[CaseOut])
async def list_cases(
    session: Session,
    caller: CallerDep,
    page: Paging,
    wanted: Annotated[CaseFilters, Query()],
) -> ListOut[CaseOut]:
    """The queue: by `order`, what is due first or what weighs most at the top."""
    areas = await access.areas(session, caller.person, "moderation.read")
    state = CaseState(wanted.state) if wanted.state else None
    chosen = cases.queue(caller.person, Filters(**wanted.model_dump(exclude={"state", "order", "limit", "cursor"}), state=state), areas)
    by, newest = ([Case.lane, Case.priority, Case.id], True) if wanted.order == "priority" else ([Case.sla_due_at, Case.id], False)
    found = await paginate(session, chosen, by, page, newest_first=newest)
    return ListOut(items=[rendering.case(row, caller.person) for row in found.items], next=found.next)


@router.get(
    "/v1/moderation/cases/{case_id}",
    audience=Staff("moderation.read"),
    problems=[CaseNotFound, FlaggedRecordClosed],
    response_model=CaseViewOut,
)
async def read_case(case_id: UUID, session: Session, caller: CallerDep) -> CaseViewOut:
    """One case, masked. That an officer looked stands in the owner's own log."""
    return rendering.view(await viewing.view(session, case_id, caller.person, role=_ROLE), caller.person)


@router.get(
    "/v1/moderation/cases/{case_id}/steps",
    audience=Staff("moderation.read"),
    problems=[CaseNotFound, CursorInvalid],
    response_model=ListOut[StepOut],
)
async def list_steps(case_id: UUID, session: Session, caller: CallerDep, page: Paging) -> Page[Any]:
    """Every step of a case, the first at the top: which role, from which state to which, and the notes."""
    case = await cases.visible(session, case_id, caller.person, "moderation.read")
    if case.owner_id == caller.person:
        raise CaseNotFound
    return await paginate(session, steps.of(case_id), [Step.at, Step.id], page, newest_first=False)


@router.post(
    "/v1/moderation/cases/{case_id}/claim",
    audience=Staff("moderation.decide"),
    problems=[CaseNotFound, CaseTaken, OwnCase, FlaggedRecordClosed],
    response_model=CaseOut,
)
async def claim_case(case_id: UUID, session: Session, caller: CallerDep, request: Request) -> CaseOut:
    """Take the case for ten minutes, or renew. What was escalated is taken by seniors."""
    permissions: Permissions = request.scope["runtime"].parts["permissions"]
    senior = "moderation.approve" in await permissions(session, caller.person)
    return rendering.case(await cases.claim(session, case_id, caller.person, senior=senior), caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/heartbeat",
    audience=Staff("moderation.decide"),
    problems=[CaseNotFound, LeaseNeeded],
    response_model=CaseOut,
)
async def keep_case(case_id: UUID, session: Session, caller: CallerDep) -> CaseOut:
    """Keep a lease that is still held; one that ran out has freed itself."""
    return rendering.case(await cases.beat(session, case_id, caller.person), caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/escalate",
    audience=Staff("moderation.decide"),
    problems=[CaseNotFound, LeaseNeeded],
    response_model=CaseOut,
)
async def escalate_case(case_id: UUID, body: NoteIn, session: Session, caller: CallerDep) -> CaseOut:
    """Hand a case one holds up to the seniors."""
    return rendering.case(await cases.escalate(session, case_id, caller.person, note=body.note), caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/reroute",
    audience=Staff("moderation.triage"),
    problems=[CaseNotFound, CaseTaken, OwnCase, FlaggedRecordClosed],
    response_model=CaseOut,
)
async def reroute_case(case_id: UUID, body: RerouteIn, session: Session, caller: CallerDep) -> CaseOut:
    """Put a case nobody holds into another queue, or weigh it differently."""
    moved = await cases.reroute(session, case_id, caller.person, queue=body.queue, severity=body.severity, note=body.note)
    return rendering.case(moved, caller.person)


@router.post(
    "/v1/moderation/cases/{case_id}/reopen",
    audience=Staff("moderation.approve"),
    problems=[CaseNotFound, CaseStands, OwnCase, FlaggedRecordClosed],
    response_model=CaseOut,
)
async def reopen_case(case_id: UUID, body: NoteIn, session: Session, caller: CallerDep) -> CaseOut:
    """Take a closed case up again."""
    return rendering.case(await cases.reopen(session, case_id, caller.person, note=body.note), caller.person)


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
    problems=[CaseNotFound, LeaseNeeded, OwnCase, FlaggedRecordClosed, RuleUnknown, VerdictRefused],
)
async def decide_case(case_id: UUID, body: VerdictIn, session: Session, caller: CallerDep) -> DecidedOut:
    """Decide, citing the rule. A lock for good is only proposed: somebody else approves it."""
    made = await decisions.decide(session, case_id, caller.person, verdict_of(body))
    if isinstance(made, Decision):
        return DecidedOut(state="decided", decision_id=made.id)
    return DecidedOut(state="proposed", decision_id=None)


@router.post(
    "/v1/moderation/cases/{case_id}/approve",
    audience=Staff("moderation.approve"),
    response_model=DecidedOut,
    problems=[CaseNotFound, NothingProposed, OwnCase, FlaggedRecordClosed, SameEyes],
)
async def approve_case(case_id: UUID, body: ApprovalIn, session: Session, caller: CallerDep) -> DecidedOut:
    """Approve what somebody else proposed, or send the case back to the queue."""
    made = await decisions.approve(session, case_id, caller.person, agree=body.agree)
    return DecidedOut(state="decided" if made else "refused", decision_id=made.id if made else None)


@router.get("/v1/moderation/appeals", audience=Staff("moderation.appeals"), problems=[CursorInvalid], response_model=ListOut[AppealOut])
async def list_appeals(session: Session, caller: CallerDep, page: Paging) -> ListOut[AppealOut]:
    """The appeals nobody has judged, the oldest first."""
    areas = await access.areas(session, caller.person, "moderation.appeals")
    found = await paginate(session, appeals.waiting(caller.person, areas), [Appeal.filed_at, Appeal.id], page, newest_first=False)
    return ListOut(items=[rendering.appeal_for_staff(row, caller.person) for row in found.items], next=found.next)


@router.post(
    "/v1/moderation/appeals/{appeal_id}/claim",
    audience=Staff("moderation.appeals"),
    response_model=AppealOut,
    problems=[AppealNotFound, AppealTaken, CaseNotFound, OwnJudgement, FlaggedRecordClosed],
)
async def claim_appeal(appeal_id: UUID, session: Session, caller: CallerDep) -> AppealOut:
    """Take the appeal for ten minutes, or renew; never against one's own decision."""
    return rendering.appeal_for_staff(await appeals.claim(session, appeal_id, caller.person), caller.person)


@router.post(
    "/v1/moderation/appeals/{appeal_id}/judge",
    audience=Staff("moderation.appeals"),
    response_model=AppealOut,
    problems=[AppealNotFound, AppealTaken, CaseNotFound, OwnJudgement, FlaggedRecordClosed],
)
async def judge_appeal(appeal_id: UUID, body: JudgementIn, session: Session, caller: CallerDep) -> AppealOut:
    """Let the decision stand or undo it, with an answer in both languages."""
    answer = Text(vi=body.answer_vi, en=body.answer_en)
    row = await appeals.judge(session, appeal_id, caller.person, change=body.change, answer=answer)
    return rendering.appeal_for_staff(row, caller.person)
