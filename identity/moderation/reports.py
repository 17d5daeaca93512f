"""Reporting something: the evidence is taken at once, and reports about one subject fold into one open case."""

import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.events import ReportFiled
from identity.moderation import kinds, rules
from identity.moderation.kinds import Snapshot, SubjectNotFound
from identity.moderation.models import Case, CaseState, Report
from identity.moderation.policies import OwnCase
from identity.moderation.rules import RuleInForce
from kernel.audit import record
from kernel.events import emit
from kernel.limits import spend
from kernel.sealing import keyring

_DAY = timedelta(days=1)


async def file(session: AsyncSession, reporter: UUID, kind: str, subject_id: UUID, reason: str, note: str | None = None) -> Report:
    """Files a report; reporting the same subject again while its case is open gives back the first report.

    Raises SubjectNotFound (not there, or not for the reporter to see), RuleUnknown, OwnCase, TooMany.
    """
    rule = await rules.reason(session, reason)
    found = await kinds.of(kind).snapshot(session, subject_id, visible_for=reporter)
    if found is None:
        raise SubjectNotFound
    if found.owner_id == reporter:
        raise OwnCase
    await spend(session, f"reports:{reporter}", limit=await rules.limit(session, "report_budget", "per_day"), window=_DAY)
    case_id = await _fold(session, kind, subject_id, found, rule)
    return await _add(session, case_id, reporter, rule, found, note)


def evidence(row: Report) -> dict[str, str | None]:
    """What the subject looked like when it was reported (`text`, `language`), and what the reporter wrote (`note`)."""
    opened: dict[str, str | None] = json.loads(keyring().open(row.evidence, context=_context(row.id)))
    return opened


async def _fold(session: AsyncSession, kind: str, subject_id: UUID, found: Snapshot, rule: RuleInForce) -> UUID:
    due = now() + timedelta(hours=int(rule.parameters["hours"]))
    row = insert(Case).values(
        id=new_id(),
        subject_kind=kind,
        subject_id=subject_id,
        owner_id=found.owner_id,
        severity=int(rule.parameters["severity"]),
        queue=str(rule.parameters["queue"]),
        state=CaseState.OPEN,
        sla_due_at=due,
        opened_at=now(),
    )
    folded = row.on_conflict_do_update(
        index_elements=[Case.subject_kind, Case.subject_id],
        index_where=text("state <> 'closed'"),
        set_={
            "severity": func.greatest(Case.severity, row.excluded.severity),
            "sla_due_at": func.least(Case.sla_due_at, row.excluded.sla_due_at),
        },
    )
    return (await session.execute(folded.returning(Case.id))).scalar_one()


async def _add(session: AsyncSession, case_id: UUID, reporter: UUID, rule: RuleInForce, found: Snapshot, note: str | None) -> Report:
    report_id = new_id()
    sealed = keyring().seal(
        json.dumps({"text": found.text, "language": found.language, "note": note}).encode(), context=_context(report_id)
    )
    row = insert(Report).values(id=report_id, case_id=case_id, reporter_id=reporter, reason=rule.key, evidence=sealed, created_at=now())
    added = await session.scalar(row.on_conflict_do_nothing().returning(Report.id))
    if added is not None:
        await record(session, actor=f"person:{reporter}", action="report.filed", subject=f"case:{case_id}", facts={"reason": rule.key})
        await emit(session, ReportFiled(report_id, case_id))
    return (await session.scalars(select(Report).where(Report.case_id == case_id, Report.reporter_id == reporter))).one()


def _context(report_id: UUID) -> bytes:
    return f"report:{report_id}".encode()
