"""What the moderation routes take and answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Line, Out, Prose

RestrictionName = Literal["none", "note", "warn", "remove", "limit", "mute", "suspend", "lock"]
StateName = Literal["open", "queued", "assigned", "escalated", "proposed", "closed"]
QueueName = Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z_]+$")]


class TextOut(Out):
    vi: str
    en: str


class RuleOut(Out):
    rule_set: str
    key: str
    version: int
    text: TextOut
    legal_ref: str
    reportable: bool


class RulesOut(Out):
    rules: list[RuleOut]


class ReasonOut(Out):
    """A reason to report: the rule it may break, the law behind it, and how soon somebody looks."""

    key: str
    version: int
    text: TextOut
    rule_set: str
    rule_key: str
    legal_ref: str
    severity: int = Field(description="1 low to 4 urgent")
    deadline: str = Field(description="class of the deadline")
    lane: bool = Field(description="minors, self-harm, threats: before everything else")


class ReasonsOut(Out):
    reasons: list[ReasonOut]


class ReportIn(In):
    subject_kind: Line
    subject_id: UUID
    reason: Line = Field(description="the key of a reason, see /v1/moderation/reasons")
    note: Prose | None = None


class ReportOut(Out):
    id: UUID
    created_at: datetime


class FactorsOut(Out):
    """What the priority is the product of, times 100."""

    severity: float = 1
    reach: float = 1
    reliability: float = 1
    vulnerability: float = 1


class CaseOut(Out):
    id: UUID
    subject_kind: str
    subject_id: UUID
    severity: int = Field(description="1 low to 4 urgent")
    queue: str
    state: StateName
    reason: str
    area_id: UUID | None
    language: str | None
    lane: bool = Field(description="minors, self-harm, threats")
    priority: int
    factors: FactorsOut
    mine: bool = Field(description="whether the caller holds it now")
    lease_until: datetime | None
    sla_due_at: datetime
    opened_at: datetime


class EvidenceOut(Out):
    reason: str
    text: str
    note: str | None
    media: list[str] = Field(description="SHA-256 of pictures, in hex")
    at: datetime


class SuggestionOut(Out):
    restriction: RestrictionName
    days: int
    rule: str


class CaseViewOut(Out):
    case: CaseOut
    owner: str | None = Field(description="initials only")
    evidence: list[EvidenceOut]
    violations_30_days: int
    violations_90_days: int
    temporary_locks: int
    strikes: int = Field(description="the weight of what has not expired")
    suggested: SuggestionOut


class NoteIn(In):
    note: str = Field(min_length=1, max_length=1000, description="for colleagues only")


class RerouteIn(NoteIn):
    queue: QueueName
    severity: int | None = Field(None, ge=1, le=4)


class StepOut(Out):
    id: UUID
    at: datetime
    role: str
    from_state: StateName | None
    to_state: StateName
    internal: str | None
    public_vi: str | None
    public_en: str | None


class VerdictIn(In):
    rule_set: Line
    rule_key: Line
    restriction: RestrictionName
    days: int | None = Field(
        None, ge=1, le=365, description="of limit, mute, suspend, lock; a lock without: for good, approved by somebody else"
    )
    facts_vi: str = Field(min_length=1, max_length=2000, description="what was found, told to the owner")
    facts_en: str = Field(min_length=1, max_length=2000)
    note: str = Field(min_length=1, max_length=1000, description="for colleagues only")
    authority_request_id: UUID | None = Field(None, description="the demand behind it")
    counts: bool = Field(True, description="whether it is a violation the decree's windows count")


class DecidedOut(Out):
    state: Literal["decided", "proposed", "refused"]
    decision_id: UUID | None


class ApprovalIn(In):
    agree: bool


class AppealInfoOut(Out):
    id: UUID
    level: int
    state: Literal["filed", "assigned", "upheld", "changed", "withdrawn"]
    answer: TextOut | None
    due_at: datetime | None


class StatementOut(Out):
    """A statement of reasons."""

    id: UUID
    decision_id: UUID
    content_kind: str
    content_language: str | None
    content_at: datetime | None
    restriction: RestrictionName
    restricts: list[Literal["visibility", "monetary", "service", "account"]] = Field(
        description="after the EU Digital Services Act database"
    )
    days: int | None
    territorial_scope: str
    facts: TextOut
    rule: str
    rule_version: int
    ground: TextOut
    legal_ref: str
    automated_detection: bool
    automated_decision: bool
    case_id: UUID
    how_to_appeal: TextOut
    appeal_until: datetime
    created_at: datetime
    appeal: AppealInfoOut | None


class OutcomeOut(Out):
    id: UUID
    report_id: UUID
    acted: bool
    text: TextOut
    created_at: datetime


class MineOut(Out):
    locked: bool
    locked_until: datetime | None = Field(description="none while locked: for good")
    statements: list[StatementOut]
    outcomes: list[OutcomeOut]


class AppealIn(In):
    text: str = Field(min_length=1, max_length=2000)


class AppealFiledOut(Out):
    id: UUID
    decision_id: UUID
    level: int = Field(description="1, or 2 after the first was upheld")
    state: Literal["filed", "assigned", "upheld", "changed", "withdrawn"]
    filed_at: datetime
    due_at: datetime | None


class AppealOut(AppealFiledOut):
    text: str = Field(description="masked")
    mine: bool
    lease_until: datetime | None


class JudgementIn(In):
    change: bool = Field(description="undo the decision")
    answer_vi: str = Field(min_length=1, max_length=2000)
    answer_en: str = Field(min_length=1, max_length=2000)
