"""Undoing a decision: the content comes back, the restriction ends, the strike weighs nothing; the decision itself stays written.

Content comes back only where no other decision keeps it out of sight.
"""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.moderation import kinds, sanctions
from identity.moderation.models import Case, Decision, Report, Restriction, Reversal, Sanction
from identity.moderation.reporters import service as reporters
from kernel.audit import record


async def undo(session: AsyncSession, decision: Decision, *, by: UUID, because: str, acted_again: bool = False) -> bool:
    """Undoes the decision once; False where it was undone before. `because`: `appeal`, `bulk` or `officer`.

    `acted_again`: another decision acts in its place, so that the reports behind it were right all the same.
    """
    row = insert(Reversal).values(decision_id=decision.id, by=by, because=because, at=now()).on_conflict_do_nothing()
    if await session.scalar(row.returning(Reversal.decision_id)) is None:
        return False
    case = await session.get_one(Case, decision.case_id)
    if decision.restriction in sanctions.HIDING and not await hidden_otherwise(session, case, but=decision.id):
        await kinds.of(case.subject_kind).show(session, case.subject_id)
    sanction = await session.scalar(select(Sanction).where(Sanction.decision_id == decision.id).with_for_update())
    if sanction is not None:
        await sanctions.lift(session, sanction, because=because)
    if decision.restriction is not Restriction.NONE and not acted_again:
        people = list(await session.scalars(select(Report.reporter_id).where(Report.case_id == case.id)))
        await reporters.count(session, people, right=True, by=-1)
        await reporters.count(session, people, right=False)
    facts = {"decision": str(decision.id), "because": because}
    await record(session, actor=f"person:{by}", action="decision.undone", subject=f"case:{case.id}", facts=facts)
    return True


async def replace_earlier(session: AsyncSession, case: Case, decision: Decision, *, by: UUID) -> None:
    """A case that was taken up again is decided anew: what was decided before stands no longer, nor does what it imposed."""
    earlier = select(Decision).where(Decision.case_id == case.id, Decision.id != decision.id).order_by(Decision.id)
    for one in (await session.scalars(earlier)).all():
        await undo(session, one, by=by, because="officer", acted_again=decision.restriction is not Restriction.NONE)


async def hidden_otherwise(session: AsyncSession, case: Case, *, but: UUID) -> bool:
    """Whether a decision besides this one, of this case or another, keeps the subject out of sight."""
    stands = (
        (Case.subject_kind == case.subject_kind)
        & (Case.subject_id == case.subject_id)
        & Decision.restriction.in_(sanctions.HIDING)
        & (Decision.id != but)
        & ~exists().where(Reversal.decision_id == Decision.id)
    )
    return bool(await session.scalar(select(exists().where(Decision.case_id == Case.id, stands))))
