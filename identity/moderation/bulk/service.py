"""Bulks: what would happen is shown first; then every case is decided by itself, in one transaction and under one id."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation import cases, decisions, fitting
from identity.moderation.bulk.models import Bulk, BulkItem, BulkState
from identity.moderation.cases import CaseNotFound, CaseTaken
from identity.moderation.models import Case, CaseState, Decision
from identity.moderation.policies import SameEyes
from identity.moderation.undoing import undo
from identity.moderation.verdicts import Verdict
from kernel.audit import record

ALONE: Final = 50
"""More subjects than this need a second person."""
DECIDED: Final = "decided"
_WORKABLE = (CaseState.OPEN, CaseState.QUEUED, CaseState.ESCALATED)


class BulkNotFound(Problem):
    code = "moderation.bulk_not_found"
    status = 404
    title = Text(vi="Không tìm thấy xử lý hàng loạt này", en="There is no such bulk")


class BulkStands(Problem):
    code = "moderation.bulk_stands"
    status = 409
    title = Text(vi="Xử lý hàng loạt này không ở trạng thái cho phép việc đó", en="The bulk is not in a state that allows this")


async def preview(session: AsyncSession, case_ids: Sequence[UUID], verdict: Verdict, *, by: UUID) -> Bulk:
    """Writes down what would be decided, and for each case what stands against it; nothing else happens.

    Raises CaseNotFound for an id outside the officer's sight, and BulkStands for a lock for good, which is decided one by one.
    """
    if verdict.needs_four_eyes:
        raise BulkStands(Text(vi="Khóa vĩnh viễn phải xét từng hồ sơ", en="A lock for good is decided case by case"))
    chosen = sorted(set(case_ids))
    bulk = Bulk(verdict=asdict(verdict), state=BulkState.PREVIEW, subjects=len(chosen), made_by=by)
    session.add(bulk)
    await session.flush()
    for case_id in chosen:
        case = await cases.visible(session, case_id, by, "moderation.bulk")
        session.add(BulkItem(bulk_id=bulk.id, case_id=case_id, outcome=await _obstacle(session, case, verdict, by)))
    await session.flush()
    await record(session, actor=f"person:{by}", action="bulk.previewed", subject=f"bulk:{bulk.id}", facts={"subjects": len(chosen)})
    return bulk


async def execute(session: AsyncSession, bulk_id: UUID, *, by: UUID) -> Bulk:
    """Decides every case that nothing stands against; over fifty subjects it only becomes a proposal.

    Raises BulkNotFound, BulkStands.
    """
    bulk = await _locked(session, bulk_id)
    if bulk.state is not BulkState.PREVIEW or bulk.made_by != by:
        raise BulkStands
    if bulk.subjects > ALONE:
        bulk.state = BulkState.PROPOSED
        await session.flush()
        await record(session, actor=f"person:{by}", action="bulk.proposed", subject=f"bulk:{bulk_id}")
        return bulk
    return await _carry_out(session, bulk)


async def approve(session: AsyncSession, bulk_id: UUID, *, by: UUID, agree: bool) -> Bulk:
    """Another person's word on a bulk over fifty; what is too close to either of the two is left out.

    Raises BulkNotFound, BulkStands, SameEyes, CaseNotFound for a case outside the areas of the second.
    """
    bulk = await _locked(session, bulk_id)
    if bulk.state is not BulkState.PROPOSED:
        raise BulkStands
    if bulk.made_by == by:
        raise SameEyes
    if agree:
        await _require_sight(session, bulk_id, by, "moderation.approve")
        bulk.approved_by = by
        return await _carry_out(session, bulk)
    bulk.state = BulkState.REFUSED
    await session.flush()
    await record(session, actor=f"person:{by}", action="bulk.refused", subject=f"bulk:{bulk_id}")
    return bulk


async def undo_all(session: AsyncSession, bulk_id: UUID, *, by: UUID) -> Bulk:
    """Undoes every decision of the bulk that still stands.

    Raises BulkNotFound, BulkStands, CaseNotFound for a case outside the officer's areas, OwnCase where one is about themselves.
    """
    bulk = await _locked(session, bulk_id)
    if bulk.state is not BulkState.EXECUTED:
        raise BulkStands
    for case in await _require_sight(session, bulk_id, by, "moderation.bulk"):
        await cases.require_stranger(session, case, by)
    for decision in await session.scalars(select(Decision).where(Decision.bulk_id == bulk_id).order_by(Decision.id)):
        await undo(session, decision, by=by, because="bulk")
    bulk.state, bulk.undone_at, bulk.undone_by = BulkState.UNDONE, now(), by
    await session.flush()
    await record(session, actor=f"person:{by}", action="bulk.undone", subject=f"bulk:{bulk_id}")
    return bulk


async def items(session: AsyncSession, bulk_id: UUID) -> Sequence[BulkItem]:
    return (await session.scalars(select(BulkItem).where(BulkItem.bulk_id == bulk_id).order_by(BulkItem.case_id))).all()


async def find(session: AsyncSession, bulk_id: UUID) -> Bulk:
    """Raises BulkNotFound."""
    found = await session.get(Bulk, bulk_id)
    if found is None:
        raise BulkNotFound
    return found


def every() -> Select[Bulk]:
    return select(Bulk)


async def _carry_out(session: AsyncSession, bulk: Bulk) -> Bulk:
    verdict = Verdict(**bulk.verdict)
    for item in await items(session, bulk.id):
        case = await session.get_one(Case, item.case_id, with_for_update=True, populate_existing=True)
        item.outcome = await _obstacle(session, case, verdict, bulk.made_by)
        if item.outcome is None and bulk.approved_by is not None:
            item.outcome = await _too_close(session, case, bulk.approved_by)
        if item.outcome is None:
            made = await decisions.execute(session, case, verdict, proposed_by=bulk.made_by, approved_by=bulk.approved_by, bulk_id=bulk.id)
            item.decision_id, item.outcome = made.id, DECIDED
    bulk.state, bulk.executed_at = BulkState.EXECUTED, now()
    await session.flush()
    await record(session, actor=f"person:{bulk.made_by}", action="bulk.executed", subject=f"bulk:{bulk.id}")
    return bulk


async def _require_sight(session: AsyncSession, bulk_id: UUID, officer: UUID, permission: str) -> list[Case]:
    """The cases of the bulk, all of them within the officer's areas. Raises CaseNotFound."""
    return [await cases.visible(session, item.case_id, officer, permission) for item in await items(session, bulk_id)]


async def _obstacle(session: AsyncSession, case: Case, verdict: Verdict, officer: UUID) -> str | None:
    """The code of what keeps this case out of the bulk; None where nothing does."""
    mine = case.lease_owner == officer and case.state is CaseState.ASSIGNED
    if case.state not in _WORKABLE and not mine:
        return CaseTaken.code
    try:
        await fitting.require(session, case, verdict)
    except Problem as refusal:
        return refusal.code
    return await _too_close(session, case, officer)


async def _too_close(session: AsyncSession, case: Case, officer: UUID) -> str | None:
    """The code of what keeps this officer from this case."""
    try:
        await cases.require_stranger(session, case, officer)
    except Problem as refusal:
        return refusal.code
    return None


async def _locked(session: AsyncSession, bulk_id: UUID) -> Bulk:
    found = await session.get(Bulk, bulk_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise BulkNotFound
    return found


__all__ = ["BulkNotFound", "BulkStands", "CaseNotFound", "approve", "every", "execute", "find", "items", "preview", "undo_all"]
