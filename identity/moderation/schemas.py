"""What the moderation routes take and answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hanoismart.server.schemas import In, Line, Out, Prose

RestrictionName = Literal["none", "remove", "lock"]


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


class ReportIn(In):
    subject_kind: Line
    subject_id: UUID
    reason: Line = Field(description="the key of a reportable rule, see /v1/moderation/rules")
    note: Prose | None = None


class ReportOut(Out):
    id: UUID
    created_at: datetime


class CaseOut(Out):
    id: UUID
    subject_kind: str
    subject_id: UUID
    severity: int = Field(description="1 low to 4 urgent")
    queue: str
    state: Literal["open", "assigned", "proposed", "closed"]
    mine: bool = Field(description="whether the caller holds it now")
    lease_until: datetime | None
    sla_due_at: datetime
    opened_at: datetime


class EvidenceOut(Out):
    reason: str
    text: str
    note: str | None
    at: datetime


class CaseViewOut(Out):
    case: CaseOut
    owner: str | None = Field(description="initials only")
    evidence: list[EvidenceOut]
    violations_30_days: int
    violations_90_days: int
    temporary_locks: int


class VerdictIn(In):
    rule_set: Line
    rule_key: Line
    restriction: RestrictionName
    days: int | None = Field(None, ge=1, le=365, description="of a lock; none: for good, which somebody else has to approve")
    facts_vi: str = Field(min_length=1, max_length=2000, description="what was found, told to the owner")
    facts_en: str = Field(min_length=1, max_length=2000)
    note: str = Field(min_length=1, max_length=1000, description="for colleagues only")


class DecidedOut(Out):
    state: Literal["decided", "proposed", "refused"]
    decision_id: UUID | None


class ApprovalIn(In):
    agree: bool


class AppealInfoOut(Out):
    id: UUID
    state: Literal["filed", "assigned", "upheld", "changed", "withdrawn"]
    answer: TextOut | None


class StatementOut(Out):
    """A statement of reasons."""

    id: UUID
    decision_id: UUID
    content_kind: str
    content_language: str | None
    content_at: datetime | None
    restriction: RestrictionName
    days: int | None
    territorial_scope: str
    facts: TextOut
    rule: str
    rule_version: int
    ground: TextOut
    legal_ref: str
    automated_detection: bool
    automated_decision: bool
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
    state: Literal["filed", "assigned", "upheld", "changed", "withdrawn"]
    filed_at: datetime


class AppealOut(AppealFiledOut):
    text: str = Field(description="masked")
    mine: bool
    lease_until: datetime | None


class JudgementIn(In):
    change: bool = Field(description="undo the decision")
    answer_vi: str = Field(min_length=1, max_length=2000)
    answer_en: str = Field(min_length=1, max_length=2000)
