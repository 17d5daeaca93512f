"""Reporting something: the evidence is taken at once, and reports about one subject fold into one open case."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.events import ReportFiled
from identity.moderation import kinds, priority, relatives, routing, rules, steps
from identity.moderation.automatic import service as automatic
from identity.moderation.kinds import Snapshot, SubjectNotFound
from identity.moderation.models import Case, CaseState, Report
from identity.moderation.policies import OwnCase
from identity.moderation.reporters import service as reporters
from identity.moderation.rules import ReasonInForce
from identity.people.queries import PersonNotFound, residence
from kernel.audit import record
from kernel.events import emit
from kernel.limits import spend
from kernel.sealing import keyring

_DAY = timedelta(days=1)


async def file(session: AsyncSession, reporter: UUID, kind: str, subject_id: UUID, reason: str, note: str | None = None) -> Report:
    """Files a report; reporting the same subject again while its case is open gives back the first report.

    Raises SubjectNotFound (not there, or not for the reporter to see), RuleUnknown, OwnCase, ReporterMuted, TooMany.
    """
    named = await rules.reason(session, reason)
    await reporters.require_unmuted(session, reporter)
    found = await kinds.of(kind).snapshot(session, subject_id, visible_for=reporter)
    if found is None:
        raise SubjectNotFound
    if found.owner_id == reporter:
        raise OwnCase
    await spend(session, f"reports:{reporter}", limit=await rules.limit(session, "report_budget", "per_day"), window=_DAY)
    case_id = await open_case(session, kind, subject_id, found, named)
    row = await _add(session, case_id, reporter, named, found, note)
    await weigh(session, case_id, found)
    await automatic.consider(session, case_id, found.text)
    return row


def evidence(row: Report) -> dict[str, Any]:
    """What the subject looked like when it was reported (`text`, `language`, `media` as SHA-256), and what the reporter wrote (`note`).

    Empty once the evidence of a closed case is past its time.
    """
    if not row.evidence:
        return {"text": None, "language": None, "media": [], "note": None}
    opened: dict[str, Any] = json.loads(keyring().open(row.evidence, context=_context(row.id)))
    return opened


async def open_case(session: AsyncSession, kind: str, subject_id: UUID, found: Snapshot, named: ReasonInForce) -> UUID:
    """The open case about the subject, made and routed where there is none; one that is there becomes as urgent as the new reason."""
    moment = now()
    area = found.area_id or await _home(session, found.owner_id)
    chosen = await routing.queue_for(session, kind=kind, reason=named.key, area_id=area, language=found.language, otherwise=named.queue)
    row = insert(Case).values(
        id=new_id(),
        subject_kind=kind,
        subject_id=subject_id,
        owner_id=found.owner_id,
        severity=named.severity,
        queue=chosen,
        state=CaseState.OPEN,
        sla_due_at=await rules.deadline(session, named.deadline, since=moment),
        opened_at=moment,
        reason=named.key,
        area_id=area,
        language=found.language,
        lane=named.lane,
        priority=0,
        factors={},
        version=1,
    )
    folded = row.on_conflict_do_update(
        index_elements=[Case.subject_kind, Case.subject_id],
        index_where=text("state <> 'closed'"),
        set_={
            "severity": func.greatest(Case.severity, row.excluded.severity),
            "sla_due_at": func.least(Case.sla_due_at, row.excluded.sla_due_at),
            "lane": or_(Case.lane, row.excluded.lane),
        },
    )
    made: Any = (await session.execute(folded.returning(Case.id, literal_column("xmax = 0").label("fresh")))).one()
    case_id: UUID = made.id
    if made.fresh:
        await steps.opened(session, case_id)
        await steps.move(session, await session.get_one(Case, case_id), CaseState.QUEUED, actor=None, role=steps.SYSTEM)
    return case_id


async def weigh(session: AsyncSession, case_id: UUID, found: Snapshot) -> None:
    """Writes the case's priority anew: who reported it, who sees it, and whether somebody vulnerable is concerned."""
    case = await session.get_one(Case, case_id, populate_existing=True)
    people = set(await session.scalars(select(Report.reporter_id).where(Report.case_id == case_id)))
    reliable = await reporters.mean_reliability(session, people)
    vulnerable = case.lane or await relatives.is_ward(session, case.owner_id)
    case.priority, case.factors = priority.score(severity=case.severity, reach=found.reach, reliable=reliable, vulnerable=vulnerable)
    await session.flush()


async def _home(session: AsyncSession, owner_id: UUID | None) -> UUID | None:
    if owner_id is None:
        return None
    try:
        return await residence(session, owner_id)
    except PersonNotFound:
        return None


async def _add(session: AsyncSession, case_id: UUID, reporter: UUID, named: ReasonInForce, found: Snapshot, note: str | None) -> Report:
    report_id = new_id()
    sealed = keyring().seal(
        json.dumps({"text": found.text, "language": found.language, "media": list(found.media), "note": note}).encode(),
        context=_context(report_id),
    )
    row = insert(Report).values(id=report_id, case_id=case_id, reporter_id=reporter, reason=named.key, evidence=sealed, created_at=now())
    added = await session.scalar(row.on_conflict_do_nothing().returning(Report.id))
    if added is not None:
        await record(session, actor=f"person:{reporter}", action="report.filed", subject=f"case:{case_id}", facts={"reason": named.key})
        await emit(session, ReportFiled(report_id, case_id))
    return (await session.scalars(select(Report).where(Report.case_id == case_id, Report.reporter_id == reporter))).one()


def _context(report_id: UUID) -> bytes:
    return f"report:{report_id}".encode()
