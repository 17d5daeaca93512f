"""Deciding a case: the rule's text is copied, the owner gets reasons, every reporter an outcome, all in one transaction."""

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import CaseDecided, OutcomeReady
from identity.moderation import cases, fitting, kinds, ladder, rules, sanctions, steps, undoing
from identity.moderation.automatic import service as automatic
from identity.moderation.models import Case, CaseState, Decision, Outcome, Proposal, Report, Restriction, Statement
from identity.moderation.policies import SameEyes, can_approve
from identity.moderation.reporters import service as reporters
from identity.moderation.verdicts import Verdict
from identity.people.queries import living
from kernel.audit import record
from kernel.events import emit

_SCOPE = "VN"


class NothingProposed(Problem):
    code = "moderation.nothing_proposed"
    status = 409
    title = Text(vi="Không có đề xuất nào chờ phê duyệt", en="Nothing is waiting for approval")


async def decide(session: AsyncSession, case_id: UUID, officer: UUID, verdict: Verdict) -> Decision | Proposal:
    """Decides a case the officer holds; a lock for good only becomes a proposal, which somebody else has to approve.

    Raises CaseNotFound, LeaseNeeded, OwnCase, RuleUnknown, VerdictRefused.
    """
    case = await cases.held(session, case_id, officer)
    await cases.require_stranger(session, case, officer)
    await fitting.require(session, case, verdict)
    if not verdict.needs_four_eyes:
        return await execute(session, case, verdict, proposed_by=officer, approved_by=None)
    proposal = Proposal(case_id=case_id, verdict=asdict(verdict), proposed_by=officer)
    session.add(proposal)
    case.lease_owner, case.lease_until = None, None
    await steps.move(session, case, CaseState.PROPOSED, actor=officer, role="moderator", internal=verdict.note)
    await record(session, actor=f"person:{officer}", action="case.proposed", subject=f"case:{case_id}", facts=_facts(verdict))
    return proposal


async def approve(session: AsyncSession, case_id: UUID, officer: UUID, *, agree: bool) -> Decision | None:
    """Executes what another officer proposed, or sends the case back to the queue.

    Raises CaseNotFound, NothingProposed, SameEyes, OwnCase.
    """
    case = await cases.visible(session, case_id, officer, "moderation.approve", locked=True)
    proposal = await session.scalar(select(Proposal).where(Proposal.case_id == case_id, Proposal.ended_at.is_(None)))
    if proposal is None or case.state is not CaseState.PROPOSED:
        raise NothingProposed
    if not can_approve(officer, proposal.proposed_by, case.owner_id):
        raise SameEyes
    await cases.require_stranger(session, case, officer)
    proposal.ended_at = now()
    if agree:
        return await execute(session, case, Verdict(**proposal.verdict), proposed_by=proposal.proposed_by, approved_by=officer)
    await steps.move(session, case, CaseState.QUEUED, actor=officer, role="senior_moderator")
    await record(session, actor=f"person:{officer}", action="case.proposal_refused", subject=f"case:{case_id}")
    return None


async def execute(
    session: AsyncSession, case: Case, verdict: Verdict, *, proposed_by: UUID, approved_by: UUID | None, bulk_id: UUID | None = None
) -> Decision:
    """Carries a verdict out on a case the caller has locked and checked."""
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
        authority_request_id=UUID(verdict.authority_request_id) if verdict.authority_request_id else None,
        counts=verdict.counts,
        bulk_id=bulk_id,
    )
    session.add(decision)
    await session.flush()
    await undoing.replace_earlier(session, case, decision, by=approved_by or proposed_by)
    case.closed_at, case.lease_owner, case.lease_until = now(), None, None
    await steps.move(session, case, CaseState.CLOSED, actor=approved_by or proposed_by, role="moderator", internal=verdict.note)
    owner = None if case.owner_id is None else await living(session, case.owner_id)
    await _state_reasons(session, case, owner, decision, verdict)
    await _restrict(session, case, owner, decision)
    await record(
        session, actor=f"person:{approved_by or proposed_by}", action="case.decided", subject=f"case:{case.id}", facts=_facts(verdict)
    )
    await emit(session, CaseDecided(case.id, decision.id, owner))
    await _tell_reporters(session, case, decision)
    return decision


async def _restrict(session: AsyncSession, case: Case, owner: UUID | None, decision: Decision) -> None:
    if decision.restriction in sanctions.HIDING:
        await kinds.of(case.subject_kind).hide(session, case.subject_id)
    elif decision.restriction is Restriction.NONE and not await undoing.hidden_otherwise(session, case, but=decision.id):
        # An automatic rule may have hidden it until somebody looked.
        await kinds.of(case.subject_kind).show(session, case.subject_id)
    if owner is None:
        return
    await ladder.strike(session, decision, owner)
    if decision.restriction in sanctions.TIMED:
        await sanctions.impose(session, decision, owner)


async def _state_reasons(session: AsyncSession, case: Case, owner: UUID | None, decision: Decision, verdict: Verdict) -> None:
    if owner is None:
        return
    found = await kinds.of(case.subject_kind).snapshot(session, case.subject_id)
    session.add(
        Statement(
            decision_id=decision.id,
            owner_id=owner,
            content_kind=case.subject_kind,
            content_language=found.language if found else None,
            content_at=found.at if found else None,
            territorial_scope=_SCOPE,
            facts_vi=verdict.facts_vi,
            facts_en=verdict.facts_en,
            automated_detection=await automatic.met(session, case.id),
            automated_decision=False,
            appeal_until=now() + timedelta(days=await rules.limit(session, "appeal_window", "days")),
        )
    )
    await session.flush()


async def _tell_reporters(session: AsyncSession, case: Case, decision: Decision) -> None:
    """Once each, also where the case is decided again after it was taken up anew."""
    acted = decision.restriction is not Restriction.NONE
    told = exists().where(Outcome.report_id == Report.id)
    waiting = (await session.scalars(select(Report).where(Report.case_id == case.id, ~told).order_by(Report.id))).all()
    await reporters.count(session, [report.reporter_id for report in waiting], right=acted)
    for report in waiting:
        outcome = Outcome(
            report_id=report.id,
            decision_id=decision.id,
            reporter_id=report.reporter_id,
            acted=acted,
        )
        session.add(outcome)
        await session.flush()
        await emit(session, OutcomeReady(outcome.id, outcome.reporter_id, case.id))


def _facts(verdict: Verdict) -> dict[str, str | int | None]:
    return {"rule": f"{verdict.rule_set}/{verdict.rule_key}", "restriction": verdict.restriction, "days": verdict.days}
