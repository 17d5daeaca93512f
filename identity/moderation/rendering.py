"""Turns rows of moderation into what is shown, with the sentences a person reads in both languages."""

from typing import Final, Literal
from uuid import UUID

from hanoismart.clock import now
from hanoismart.text import Text
from identity.moderation import appeals
from identity.moderation.models import Appeal, Case, Decision, Outcome, Restriction, Statement
from identity.moderation.policies import masked
from identity.moderation.rules import RuleInForce
from identity.moderation.schemas import (
    AppealInfoOut,
    AppealOut,
    CaseOut,
    CaseViewOut,
    EvidenceOut,
    FactorsOut,
    OutcomeOut,
    RuleOut,
    StatementOut,
    SuggestionOut,
    TextOut,
)
from identity.moderation.viewing import CaseView

HOW_TO_APPEAL = Text(
    vi="Bạn có thể khiếu nại trong mục Quyết định của tôi. Người xét khiếu nại không tham gia quyết định này.",
    en="You can appeal under My decisions. Whoever judges the appeal had no part in this decision.",
)
ACTED = Text(
    vi="Cảm ơn bạn. Chúng tôi đã xem xét báo cáo và đã xử lý nội dung vi phạm quy tắc.",
    en="Thank you. We looked into your report and acted, because a rule was broken.",
)
RESTRICTS: Final[dict[Restriction, list[Literal["visibility", "monetary", "service", "account"]]]] = {
    Restriction.NONE: [],
    Restriction.NOTE: [],
    Restriction.WARN: [],
    Restriction.REMOVE: ["visibility"],
    Restriction.LIMIT: ["visibility", "service"],
    Restriction.MUTE: ["visibility", "service"],
    Restriction.SUSPEND: ["visibility", "account"],
    Restriction.LOCK: ["visibility", "account"],
}
"""What each rung takes: the kinds of restriction of the EU Digital Services Act database."""
NOT_ACTED = Text(
    vi="Cảm ơn bạn. Chúng tôi đã xem xét báo cáo và không thấy vi phạm quy tắc.",
    en="Thank you. We looked into your report and found that no rule was broken.",
)


def rule(row: RuleInForce) -> RuleOut:
    return RuleOut.model_validate(row)


def case(row: Case, officer: UUID) -> CaseOut:
    """Who holds a case is said to its holder only."""
    return CaseOut(
        id=row.id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        severity=row.severity,
        queue=row.queue,
        state=row.state.value,
        reason=row.reason,
        area_id=row.area_id,
        language=row.language,
        lane=row.lane,
        priority=row.priority,
        factors=FactorsOut.model_validate(row.factors),
        mine=row.lease_owner == officer and row.lease_until is not None and row.lease_until > now(),
        lease_until=row.lease_until,
        sla_due_at=row.sla_due_at,
        opened_at=row.opened_at,
    )


def view(shown: CaseView, officer: UUID) -> CaseViewOut:
    return CaseViewOut(
        case=case(shown.case, officer),
        owner=shown.owner,
        evidence=[EvidenceOut.model_validate(each) for each in shown.evidence],
        violations_30_days=shown.history.violations_30_days,
        violations_90_days=shown.history.violations_90_days,
        temporary_locks=shown.history.temporary_locks,
        strikes=shown.history.strikes,
        suggested=SuggestionOut.model_validate(shown.suggested),
    )


def statement(row: Statement, decision: Decision, appeal: Appeal | None) -> StatementOut:
    return StatementOut(
        id=row.id,
        decision_id=decision.id,
        content_kind=row.content_kind,
        content_language=row.content_language,
        content_at=row.content_at,
        restriction=decision.restriction.value,
        restricts=RESTRICTS[decision.restriction],
        days=decision.days,
        territorial_scope=row.territorial_scope,
        facts=TextOut(vi=row.facts_vi, en=row.facts_en),
        rule=f"{decision.rule_set}/{decision.rule_key}",
        rule_version=decision.rule_version,
        ground=TextOut(vi=decision.rule_vi, en=decision.rule_en),
        legal_ref=decision.legal_ref,
        automated_detection=row.automated_detection,
        automated_decision=row.automated_decision,
        case_id=decision.case_id,
        how_to_appeal=TextOut.model_validate(HOW_TO_APPEAL),
        appeal_until=row.appeal_until,
        created_at=row.created_at,
        appeal=None if appeal is None else _appeal_info(appeal),
    )


def outcome(row: Outcome) -> OutcomeOut:
    text = TextOut.model_validate(ACTED if row.acted else NOT_ACTED)
    return OutcomeOut(id=row.id, report_id=row.report_id, acted=row.acted, text=text, created_at=row.created_at)


def appeal_for_staff(row: Appeal, reviewer: UUID) -> AppealOut:
    return AppealOut(
        id=row.id,
        decision_id=row.decision_id,
        level=row.level,
        state=row.state.value,
        filed_at=row.filed_at,
        due_at=row.due_at,
        text=masked(appeals.words(row)),
        mine=row.reviewer_id == reviewer and row.lease_until is not None and row.lease_until > now(),
        lease_until=row.lease_until,
    )


def _appeal_info(row: Appeal) -> AppealInfoOut:
    answered = row.answer_vi is not None and row.answer_en is not None
    answer = TextOut(vi=row.answer_vi or "", en=row.answer_en or "") if answered else None
    return AppealInfoOut(id=row.id, level=row.level, state=row.state.value, answer=answer, due_at=row.due_at)
