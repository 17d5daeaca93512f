"""Undoing a decision: the content comes back, the restriction ends, the strike weighs nothing; the decision itself stays written."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.moderation import kinds, sanctions
from identity.moderation.decisions import HIDING
from identity.moderation.models import Case, Decision, Report, Restriction, Reversal, Sanction
from identity.moderation.reporters import service as reporters
from kernel.audit import record


async def undo(session: AsyncSession, decision: Decision, *, by: UUID, because: str) -> bool:
    """Undoes the decision once; False where it was undone before. `because`: `appeal`, `bulk` or `officer`."""
    row = insert(Reversal).values(decision_id=decision.id, by=by, because=because, at=now()).on_conflict_do_nothing()
    if await session.scalar(row.returning(Reversal.decision_id)) is None:
        return False
    case = await session.get_one(Case, decision.case_id)
    if decision.restriction in HIDING:
        await kinds.of(case.subject_kind).show(session, case.subject_id)
    sanction = await session.scalar(select(Sanction).where(Sanction.decision_id == decision.id).with_for_update())
    if sanction is not None:
        await sanctions.lift(session, sanction, because=because)
    if decision.restriction is not Restriction.NONE:
        people = list(await session.scalars(select(Report.reporter_id).where(Report.case_id == case.id)))
        await reporters.count(session, people, right=True, by=-1)
        await reporters.count(session, people, right=False)
    facts = {"decision": str(decision.id), "because": because}
    await record(session, actor=f"person:{by}", action="decision.undone", subject=f"case:{case.id}", facts=facts)
    return True
