"""What everybody may do about moderation: read the rules, report, read the reasons given to oneself, and appeal."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.moderation import appeals, queries, rendering, reports, rules, sanctions
from identity.moderation.appeals import AppealedAlready, AppealLate, AppealNotFound
from identity.moderation.kinds import SubjectNotFound
from identity.moderation.models import Outcome, Statement
from identity.moderation.policies import OwnCase
from identity.moderation.reporters.service import ReporterMuted
from identity.moderation.rules import RuleUnknown
from identity.moderation.schemas import (
    AppealFiledOut,
    AppealIn,
    MineOut,
    OutcomeOut,
    ReasonOut,
    ReasonsOut,
    ReportIn,
    ReportOut,
    RulesOut,
    StatementOut,
)
from kernel.access import CallerDep, Person
from kernel.limits import TooMany

router = Router(tags=["moderation"])
_NEWEST = 20


@router.get("/v1/moderation/rules", audience=Anyone(), response_model=RulesOut)
async def list_rules(session: Session) -> RulesOut:
    """Every rule in force, in both languages."""
    return RulesOut(rules=[rendering.rule(row) for row in await rules.every(session) if row.rule_set not in rules.INTERNAL])


@router.get("/v1/moderation/reasons", audience=Anyone(), response_model=ReasonsOut)
async def list_reasons(session: Session) -> ReasonsOut:
    """Every reason to report in force, in both languages, with the rule, the law and the deadline behind it."""
    return ReasonsOut(reasons=[ReasonOut.model_validate(row) for row in await rules.reasons(session)])


@router.post(
    "/v1/moderation/reports",
    audience=Person(),
    status_code=201,
    response_model=ReportOut,
    problems=[SubjectNotFound, RuleUnknown, OwnCase, ReporterMuted, TooMany],
)
async def file_report(body: ReportIn, session: Session, caller: CallerDep) -> ReportOut:
    """Report something one can see. What it says now is kept as evidence."""
    row = await reports.file(session, caller.person, body.subject_kind, body.subject_id, body.reason, body.note)
    return ReportOut.model_validate(row)


@router.get("/v1/me/moderation", audience=Person(), response_model=MineOut)
async def my_moderation(session: Session, caller: CallerDep) -> MineOut:
    """Whether my social account is locked, and the newest decisions about me and outcomes of my reports."""
    locks = await sanctions.sanctions(session, caller.person)
    newest = await session.scalars(
        queries.statements(caller.person).order_by(Statement.created_at.desc(), Statement.id.desc()).limit(_NEWEST)
    )
    told = await session.scalars(queries.outcomes(caller.person).order_by(Outcome.created_at.desc(), Outcome.id.desc()).limit(_NEWEST))
    return MineOut(
        locked=bool(locks),
        locked_until=locks[0].ends_at if locks else None,
        statements=await _statements(session, newest.all()),
        outcomes=[rendering.outcome(row) for row in told],
    )


@router.get("/v1/me/moderation/statements", audience=Person(), problems=[CursorInvalid], response_model=ListOut[StatementOut])
async def my_statements(session: Session, caller: CallerDep, page: Paging) -> ListOut[StatementOut]:
    """Every statement of reasons to me, the newest first."""
    found = await paginate(session, queries.statements(caller.person), [Statement.created_at, Statement.id], page)
    return ListOut(items=await _statements(session, found.items), next=found.next)


@router.get("/v1/me/moderation/outcomes", audience=Person(), problems=[CursorInvalid], response_model=ListOut[OutcomeOut])
async def my_outcomes(session: Session, caller: CallerDep, page: Paging) -> ListOut[OutcomeOut]:
    """What came of every report of mine, the newest first."""
    found = await paginate(session, queries.outcomes(caller.person), [Outcome.created_at, Outcome.id], page)
    return ListOut(items=[rendering.outcome(row) for row in found.items], next=found.next)


@router.post(
    "/v1/me/moderation/decisions/{decision_id}/appeal",
    audience=Person(),
    status_code=201,
    response_model=AppealFiledOut,
    problems=[AppealNotFound, AppealLate, AppealedAlready],
)
async def file_appeal(decision_id: UUID, body: AppealIn, session: Session, caller: CallerDep) -> AppealFiledOut:
    """Appeal against a decision about me; again, once, where the first appeal was upheld."""
    return AppealFiledOut.model_validate(await appeals.file(session, caller.person, decision_id, body.text))


@router.delete("/v1/me/moderation/appeals/{appeal_id}", audience=Person(), status_code=204, problems=[AppealNotFound])
async def withdraw_appeal(appeal_id: UUID, session: Session, caller: CallerDep) -> None:
    """Take my appeal back while nobody has judged it."""
    await appeals.withdraw(session, caller.person, appeal_id)


async def _statements(session: AsyncSession, rows: Sequence[Statement]) -> list[StatementOut]:
    behind = await queries.decisions_of(session, rows)
    return [rendering.statement(row, *behind[row.decision_id]) for row in rows]
