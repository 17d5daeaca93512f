"""Appeals: once per decision, within the days the rule gives, judged by somebody who had no part in the decision."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from hanoismart.worktime import Duration, Unit, due
from identity.events import AppealFiled, AppealJudged
from identity.moderation import cases, relatives, rules
from identity.moderation.models import Appeal, AppealState, Case, Decision, Statement
from identity.moderation.policies import OwnJudgement, can_judge
from identity.moderation.undoing import undo
from identity.people.queries import living, selves
from identity.pii_access import flags
from identity.workdays import calendar
from kernel.audit import record
from kernel.events import emit
from kernel.sealing import keyring

_OPEN = (AppealState.FILED, AppealState.ASSIGNED)


class AppealNotFound(Problem):
    code = "moderation.appeal_not_found"
    status = 404
    title = Text(vi="Không tìm thấy khiếu nại hoặc quyết định này", en="There is no such appeal or decision")


class AppealLate(Problem):
    code = "moderation.appeal_late"
    status = 409
    title = Text(vi="Đã hết thời hạn khiếu nại", en="The time to appeal is over")


class AppealedAlready(Problem):
    code = "moderation.appealed_already"
    status = 409
    title = Text(vi="Quyết định này đã được khiếu nại", en="This decision has been appealed already")


class AppealTaken(Problem):
    code = "moderation.appeal_taken"
    status = 409
    title = Text(
        vi="Khiếu nại đang do người khác xét, chưa được nhận hoặc đã xong", en="Claim the appeal first: you do not hold it, or it is over"
    )


async def file(session: AsyncSession, owner: UUID, decision_id: UUID, text: str) -> Appeal:
    """Files the owner's appeal; where the first was upheld, the second, which somebody else again judges.

    Raises AppealNotFound (no statement to this person), AppealLate, AppealedAlready.
    """
    statement = await session.scalar(select(Statement).where(Statement.decision_id == decision_id, Statement.owner_id.in_(selves(owner))))
    if statement is None:
        raise AppealNotFound
    level = await _next_level(session, owner, statement)
    appeal_id = new_id()
    answer_days = Duration(await rules.limit(session, "appeal_answer", "working_days"), Unit.WORKING_DAY)
    row = insert(Appeal).values(
        id=appeal_id,
        decision_id=decision_id,
        owner_id=statement.owner_id,
        text=keyring().seal(text.encode(), context=_context(appeal_id)),
        state=AppealState.FILED,
        filed_at=now(),
        level=level,
        due_at=due(now(), answer_days, calendar=calendar()),
    )
    if await session.scalar(row.on_conflict_do_nothing().returning(Appeal.id)) is None:
        raise AppealedAlready
    await record(session, actor=f"person:{owner}", action="appeal.filed", subject=f"decision:{decision_id}")
    await emit(session, AppealFiled(appeal_id, decision_id))
    return await session.get_one(Appeal, appeal_id)


async def _next_level(session: AsyncSession, owner: UUID, statement: Statement) -> int:
    """Raises AppealLate, AppealedAlready."""
    last = await session.scalar(
        select(Appeal)
        .where(Appeal.decision_id == statement.decision_id, Appeal.owner_id.in_(selves(owner)))
        .order_by(Appeal.level.desc())
        .limit(1)
    )
    if last is None:
        if statement.appeal_until <= now():
            raise AppealLate
        return 1
    if last.level > 1 or last.state is not AppealState.UPHELD or last.judged_at is None:
        raise AppealedAlready
    if last.judged_at + timedelta(days=await rules.limit(session, "second_appeal", "days")) <= now():
        raise AppealLate
    return 2


async def withdraw(session: AsyncSession, owner: UUID, appeal_id: UUID) -> None:
    """Takes an appeal back that nobody has judged. Raises AppealNotFound."""
    row = await session.scalar(
        select(Appeal).where(Appeal.id == appeal_id, Appeal.owner_id.in_(selves(owner)), Appeal.state.in_(_OPEN)).with_for_update()
    )
    if row is None:
        raise AppealNotFound
    row.state = AppealState.WITHDRAWN
    await session.flush()
    await record(session, actor=f"person:{owner}", action="appeal.withdrawn", subject=f"decision:{row.decision_id}")


def waiting(officer: UUID, areas: frozenset[UUID] | None) -> Select[Appeal]:
    """The appeals nobody has judged, within the officer's areas (None: everywhere), and never their own."""
    found = select(Appeal).where(Appeal.state.in_(_OPEN), Appeal.owner_id != officer)
    if areas is None:
        return found
    inside = select(Decision.id).join(Case, Case.id == Decision.case_id).where(*cases.within(areas))
    return found.where(Appeal.decision_id.in_(inside))


async def claim(session: AsyncSession, appeal_id: UUID, reviewer: UUID) -> Appeal:
    """Takes the appeal for the time of a lease; of many at once, one wins. Raises AppealNotFound, OwnJudgement, AppealTaken."""
    row, decision = await _with_decision(session, appeal_id)
    await cases.visible(session, decision.case_id, reviewer, "moderation.appeals")
    await _require_stranger(session, row, decision, reviewer)
    moment = now()
    lease = timedelta(minutes=await rules.limit(session, "claim_lease", "minutes"))
    free = or_(Appeal.reviewer_id.is_(None), Appeal.lease_until <= moment, Appeal.reviewer_id == reviewer)
    won = await session.scalar(
        update(Appeal)
        .where(Appeal.id == appeal_id, Appeal.state.in_(_OPEN), free)
        .values(state=AppealState.ASSIGNED, reviewer_id=reviewer, lease_until=moment + lease)
        .returning(Appeal.id)
    )
    if won is None:
        raise AppealTaken
    await record(session, actor=f"person:{reviewer}", action="appeal.claimed", subject=f"appeal:{appeal_id}")
    await session.refresh(row)
    return row


async def judge(session: AsyncSession, appeal_id: UUID, reviewer: UUID, *, change: bool, answer: Text) -> Appeal:
    """Lets the decision stand, or undoes it: the content is shown again and the lock lifted.

    Raises AppealNotFound, OwnJudgement, AppealTaken.
    """
    row = await session.scalar(select(Appeal).where(Appeal.id == appeal_id).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise AppealNotFound
    decision = await session.get_one(Decision, row.decision_id)
    await _require_stranger(session, row, decision, reviewer)
    if row.state is not AppealState.ASSIGNED or row.reviewer_id != reviewer or row.lease_until is None or row.lease_until <= now():
        raise AppealTaken
    row.state = AppealState.CHANGED if change else AppealState.UPHELD
    row.answer_vi, row.answer_en, row.judged_at = answer.vi, answer.en, now()
    await session.flush()
    if change:
        await undo(session, decision, by=reviewer, because="appeal")
    await record(session, actor=f"person:{reviewer}", action=f"appeal.{row.state}", subject=f"appeal:{appeal_id}")
    await emit(session, AppealJudged(row.id, await living(session, row.owner_id), row.state.value))
    return row


def words(row: Appeal) -> str:
    """What the owner wrote."""
    return keyring().open(row.text, context=_context(row.id)).decode()


async def _require_stranger(session: AsyncSession, row: Appeal, decision: Decision, reviewer: UUID) -> None:
    reporters = await cases.reporters(session, decision.case_id)
    earlier = select(Appeal.reviewer_id).where(Appeal.decision_id == decision.id, Appeal.level < row.level, Appeal.reviewer_id == reviewer)
    if reviewer in reporters or not can_judge(reviewer, decision.proposed_by, decision.approved_by, row.owner_id):
        raise OwnJudgement
    if await session.scalar(earlier) is not None or await relatives.related(session, reviewer, {row.owner_id, *reporters}):
        raise OwnJudgement
    await flags.require_open(session, row.owner_id, reviewer)


async def _with_decision(session: AsyncSession, appeal_id: UUID) -> tuple[Appeal, Decision]:
    row = await session.get(Appeal, appeal_id)
    if row is None:
        raise AppealNotFound
    return row, await session.get_one(Decision, row.decision_id)


def _context(appeal_id: UUID) -> bytes:
    return f"appeal:{appeal_id}".encode()
