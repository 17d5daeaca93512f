"""The reviewers' side: the queue by its clock, what changed since the live version, opinions, and appeals against suspensions."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out, Prose
from kernel.access import CallerDep, Staff
from plugins.registry.models import Version
from plugins.registry.states import StepImpossible
from plugins.review import appeals, comparing, service
from plugins.review.models import CheckReport, Opinion, Review, SuspensionAppeal
from plugins.review.problems import OwnWork, ReviewHeld, ReviewNotFound, ReviewOver, RulesNeeded, SignerRevoked, SpokenBefore
from plugins.review.rules import RULES

router = Router(tags=["app review"])
REVIEWER = Staff("miniapps.review")


class ReviewOut(Out):
    id: UUID
    app_id: str
    version_code: int
    version_name: str
    round: int
    needed: int
    sensitive: list[str]
    opened_at: datetime
    due_at: datetime
    mine: bool
    claimed_until: datetime | None
    outcome: str | None


class SaidOut(Out):
    reviewer_id: UUID
    opinion: Opinion
    rules: list[str]
    note_vi: str
    note_en: str
    at: datetime


class ReviewDetailOut(ReviewOut):
    """`changes`: what differs from the version that is live, member by member; `files`: added, removed and changed paths."""

    appeal: str | None
    notes: str | None
    manifest: dict[str, Any]
    report: dict[str, Any]
    changes: dict[str, Any]
    opinions: list[SaidOut]


class OpinionIn(In):
    opinion: Literal["approve", "reject"]
    rules: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list, description="ids of the review rules")
    note_vi: Prose
    note_en: Prose


class RuleOut(Out):
    id: str
    vi: str
    en: str


class AppealOut(Out):
    id: UUID
    app_id: str
    words: str
    created_at: datetime
    granted: bool | None
    note: str | None


class AppealDecisionIn(In):
    granted: bool
    note: Prose


@router.get("/v1/review/rules", audience=REVIEWER, response_model=ListOut[RuleOut])
async def list_review_rules() -> ListOut[RuleOut]:
    """What a rejection may cite."""
    return ListOut(items=[RuleOut(id=rule, vi=text.vi, en=text.en) for rule, text in RULES.items()], next=None)


@router.get("/v1/review/queue", audience=REVIEWER, response_model=ListOut[ReviewOut])
async def list_reviews(session: Session, caller: CallerDep, page: Paging) -> Page[ReviewOut]:
    """What waits, by its clock."""
    statement: Any = select(Review, Version).join(Version, Version.id == Review.version_id).where(Review.outcome.is_(None))
    found = await paginate(session, statement, [Review.due_at, Review.id], page, newest_first=False)
    return Page([_out(row.Review, row.Version, caller.person) for row in found.items], found.next)


@router.get("/v1/review/reviews/{review_id}", audience=REVIEWER, response_model=ReviewDetailOut, problems=[ReviewNotFound])
async def read_review(review_id: UUID, session: Session, caller: CallerDep) -> ReviewDetailOut:
    """Everything a reviewer looks at."""
    review = await session.get(Review, review_id)
    if review is None:
        raise ReviewNotFound
    version = await session.get_one(Version, review.version_id)
    report = await session.get(CheckReport, version.id)
    return ReviewDetailOut(
        **_out(review, version, caller.person).model_dump(),
        appeal=review.appeal,
        notes=version.notes,
        manifest=version.manifest,
        report=report.report if report else {},
        changes=await comparing.since_live(session, version),
        opinions=[SaidOut.model_validate(one) for one in await service.opinions(session, review.id)],
    )


@router.post(
    "/v1/review/reviews/{review_id}/claim",
    audience=REVIEWER,
    response_model=ReviewOut,
    problems=[ReviewNotFound, ReviewOver, ReviewHeld, OwnWork, SpokenBefore],
)
async def claim_review(review_id: UUID, session: Session, caller: CallerDep) -> ReviewOut:
    """Hold a review for four hours."""
    review = await service.claim(session, review_id, caller.person)
    return _out(review, await session.get_one(Version, review.version_id), caller.person)


@router.post(
    "/v1/review/reviews/{review_id}/opinions",
    audience=REVIEWER,
    response_model=ReviewOut,
    status_code=201,
    problems=[ReviewNotFound, ReviewOver, ReviewHeld, OwnWork, SpokenBefore, RulesNeeded, SignerRevoked, StepImpossible],
)
async def give_opinion(review_id: UUID, body: OpinionIn, session: Session, caller: CallerDep) -> ReviewOut:
    """Approve or reject; a rejection names the rules that are broken and ends the round."""
    review = await service.speak(
        session, review_id, caller.person, Opinion(body.opinion), rules=body.rules, note_vi=body.note_vi, note_en=body.note_en
    )
    return _out(review, await session.get_one(Version, review.version_id), caller.person)


@router.get("/v1/review/appeals", audience=REVIEWER, response_model=ListOut[AppealOut])
async def list_suspension_appeals(session: Session) -> dict[str, object]:
    """Appeals against suspensions that nobody has decided."""
    return {"items": await appeals.waiting(session), "next": None}


@router.post(
    "/v1/review/appeals/{appeal_id}/decide",
    audience=REVIEWER,
    response_model=AppealOut,
    problems=[ReviewNotFound, ReviewOver, OwnWork, StepImpossible],
)
async def decide_suspension_appeal(appeal_id: UUID, body: AppealDecisionIn, session: Session, caller: CallerDep) -> SuspensionAppeal:
    """Granted: the app runs again."""
    return await appeals.decide(session, appeal_id, granted=body.granted, note=body.note, by=caller.person)


def _out(review: Review, version: Version, reader: UUID) -> ReviewOut:
    return ReviewOut(
        id=review.id,
        app_id=version.app_id,
        version_code=version.code,
        version_name=version.name,
        round=review.round,
        needed=review.needed,
        sensitive=review.sensitive,
        opened_at=review.opened_at,
        due_at=review.due_at,
        mine=review.claimed_by == reader,
        claimed_until=review.claimed_until,
        outcome=review.outcome.value if review.outcome else None,
    )
