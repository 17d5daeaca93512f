"""Deciding a case: the rule's text is copied, the owner gets reasons, every reporter an outcome, all in one transaction."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import CaseDecided, OutcomeReady
from identity.moderation import cases, kinds, rules, sanctions
from identity.moderation.cases import CaseNotFound
from identity.moderation.kinds import ACCOUNT
from identity.moderation.models import Case, CaseState, Decision, Outcome, Proposal, Report, Restriction, Statement
from identity.moderation.policies import SameEyes, can_approve
from kernel.audit import record
from kernel.events import emit

_SCOPE = "VN"
MOST_DAYS = 365


class VerdictRefused(Problem):
    code = "moderation.verdict_refused"
    status = 422
    title = Text(vi="Quyết định này không hợp lệ cho hồ sơ", en="This decision does not fit the case")


class NothingProposed(Problem):
    code = "moderation.nothing_proposed"
    status = 409
    title = Text(vi="Không có đề xuất nào chờ phê duyệt", en="Nothing is waiting for approval")


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """What is to be decided. `facts_vi` and `facts_en` go to the owner; `note` stays inside. `days` None with a lock means for good."""

    rule_set: str
    rule_key: str
    restriction: str
    days: int | None
    facts_vi: str
    facts_en: str
    note: str

    @property
    def needs_four_eyes(self) -> bool:
        return self.restriction == Restriction.LOCK and self.days is None


async def decide(session: AsyncSession, case_id: UUID, officer: UUID, verdict: Verdict) -> Decision | Proposal:
    """Decides a case the officer holds; a lock for good only becomes a proposal, which somebody else has to approve.

    Raises CaseNotFound, LeaseNeeded, OwnCase, RuleUnknown, VerdictRefused.
    """
    case = await cases.held(session, case_id, officer)
    await cases.require_stranger(session, case, officer)
    await _require_fitting(session, case, verdict)
    if not verdict.needs_four_eyes:
        return await _execute(session, case, verdict, proposed_by=officer, approved_by=None)
    proposal = Proposal(case_id=case_id, verdict=asdict(verdict), proposed_by=officer)
    session.add(proposal)
    case.state, case.lease_owner, case.lease_until = CaseState.PROPOSED, None, None
    await session.flush()
    await record(session, actor=f"person:{officer}", action="case.proposed", subject=f"case:{case_id}", facts=_facts(verdict))
    return proposal


async def approve(session: AsyncSession, case_id: UUID, officer: UUID, *, agree: bool) -> Decision | None:
    """Executes what another officer proposed, or sends the case back to the queue.

    Raises CaseNotFound, NothingProposed, SameEyes, OwnCase.
    """
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True))
    if case is None:
        raise CaseNotFound
    proposal = await session.scalar(select(Proposal).where(Proposal.case_id == case_id, Proposal.ended_at.is_(None)))
    if proposal is None or case.state is not CaseState.PROPOSED:
        raise NothingProposed
    if not can_approve(officer, proposal.proposed_by, case.owner_id):
        raise SameEyes
    await cases.require_stranger(session, case, officer)
    proposal.ended_at = now()
    if agree:
        return await _execute(session, case, Verdict(**proposal.verdict), proposed_by=proposal.proposed_by, approved_by=officer)
    case.state = CaseState.OPEN
    await session.flush()
    await record(session, actor=f"person:{officer}", action="case.proposal_refused", subject=f"case:{case_id}")
    return None


async def _require_fitting(session: AsyncSession, case: Case, verdict: Verdict) -> None:
    rule = await rules.in_force(session, verdict.rule_set, verdict.rule_key)
    if rule.rule_set == rules.LIMITS:
        raise rules.RuleUnknown
    lock = verdict.restriction == Restriction.LOCK
    if lock and case.owner_id is None:
        raise VerdictRefused(Text(vi="Nội dung này không thuộc về ai để khóa", en="This belongs to nobody who could be locked"))
    if not lock and verdict.days is not None:
        raise VerdictRefused(Text(vi="Chỉ việc khóa mới có thời hạn", en="Only a lock has a duration"))
    if verdict.restriction == Restriction.REMOVE and case.subject_kind == ACCOUNT:
        raise VerdictRefused(Text(vi="Không thể gỡ một tài khoản, chỉ có thể khóa", en="An account is locked, not removed"))
    least, most = int(rule.parameters.get("least_days", 1)), int(rule.parameters.get("most_days", MOST_DAYS))
    if verdict.days is not None and not least <= verdict.days <= most:
        raise VerdictRefused(
            Text(vi="Quy tắc này cho phép khóa từ {least} đến {most} ngày", en="This rule allows a lock of {least} to {most} days").format(
                least=least, most=most
            )
        )


async def _execute(session: AsyncSession, case: Case, verdict: Verdict, *, proposed_by: UUID, approved_by: UUID | None) -> Decision:
    rule = await rules.in_force(session, verdict.rule_set, verdict.rule_key)
    decision = Decision(
        case_id=case.id,
        rule_set=rule.rule_set,
        rule_key=rule.key,
        rule_version=rule.version,
        rule_vi=rule.text.vi,
        rule_en=rule.text.en,
        legal_ref=rule.legal_ref,
        restriction=Restriction(verdict.restriction),
        days=verdict.days,
        note=verdict.note,
        proposed_by=proposed_by,
        approved_by=approved_by,
        decided_at=now(),
    )
    session.add(decision)
    case.state, case.closed_at, case.lease_owner, case.lease_until = CaseState.CLOSED, now(), None, None
    await session.flush()
    await _state_reasons(session, case, decision, verdict)
    await _restrict(session, case, decision)
    await record(
        session, actor=f"person:{approved_by or proposed_by}", action="case.decided", subject=f"case:{case.id}", facts=_facts(verdict)
    )
    await emit(session, CaseDecided(case.id, decision.id, case.owner_id))
    await _tell_reporters(session, case, decision)
    return decision


async def _restrict(session: AsyncSession, case: Case, decision: Decision) -> None:
    if decision.restriction is Restriction.NONE:
        return
    await kinds.of(case.subject_kind).hide(session, case.subject_id)
    if decision.restriction is Restriction.LOCK and case.owner_id is not None:
        await sanctions.impose(session, decision, case.owner_id)


async def _state_reasons(session: AsyncSession, case: Case, decision: Decision, verdict: Verdict) -> None:
    if case.owner_id is None:
        return
    found = await kinds.of(case.subject_kind).snapshot(session, case.subject_id)
    session.add(
        Statement(
            decision_id=decision.id,
            owner_id=case.owner_id,
            content_kind=case.subject_kind,
            content_language=found.language if found else None,
            content_at=found.at if found else None,
            territorial_scope=_SCOPE,
            facts_vi=verdict.facts_vi,
            facts_en=verdict.facts_en,
            automated_detection=False,
            automated_decision=False,
            appeal_until=now() + timedelta(days=await rules.limit(session, "appeal_window", "days")),
        )
    )
    await session.flush()


async def _tell_reporters(session: AsyncSession, case: Case, decision: Decision) -> None:
    for report in await session.scalars(select(Report).where(Report.case_id == case.id).order_by(Report.id)):
        outcome = Outcome(
            report_id=report.id,
            decision_id=decision.id,
            reporter_id=report.reporter_id,
            acted=decision.restriction is not Restriction.NONE,
        )
        session.add(outcome)
        await session.flush()
        await emit(session, OutcomeReady(outcome.id, outcome.reporter_id, case.id))


def _facts(verdict: Verdict) -> dict[str, str | int | None]:
    return {"rule": f"{verdict.rule_set}/{verdict.rule_key}", "restriction": verdict.restriction, "days": verdict.days}
