"""The queue of cases: taken under a lease by one officer at a time, and seen by nobody without the owner being able to know."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.access import service as access
from identity.moderation import relatives, rules, steps
from identity.moderation.models import Case, CaseState, Report
from identity.moderation.policies import OwnCase, can_work_on
from identity.pii_access import flags
from kernel.audit import record

DAY = timedelta(days=1)
_WORKABLE = (CaseState.OPEN, CaseState.QUEUED, CaseState.ASSIGNED)


class CaseNotFound(Problem):
    code = "moderation.case_not_found"
    status = 404
    title = Text(vi="Không tìm thấy hồ sơ", en="There is no such case")


class CaseTaken(Problem):
    code = "moderation.case_taken"
    status = 409
    title = Text(vi="Hồ sơ đang do người khác xử lý hoặc đã kết thúc", en="Somebody else has this case, or it is closed")


class LeaseNeeded(Problem):
    code = "moderation.lease_needed"
    status = 409
    title = Text(vi="Hãy nhận hồ sơ trước khi xử lý", en="Claim the case first: you do not hold it, or no longer")


class CaseStands(Problem):
    code = "moderation.case_stands"
    status = 409
    title = Text(vi="Hồ sơ chưa đóng hoặc đã có hồ sơ khác đang mở", en="The case is not closed, or another about the same subject is open")


@dataclass(frozen=True, slots=True)
class Filters:
    """What an officer looks for in the queue; `overdue` keeps what is past its time, `lane` what comes before everything else."""

    state: CaseState | None = None
    queue: str | None = None
    subject_kind: str | None = None
    reason: str | None = None
    area_id: UUID | None = None
    language: str | None = None
    lane: bool | None = None
    overdue: bool = False


def queue(officer: UUID, wanted: Filters, areas: frozenset[UUID] | None) -> Select[Case]:
    """The cases an officer may see; nobody finds a case about themselves there, nor one outside their areas (None: no limit)."""
    state = wanted.state
    found = select(Case).where(Case.state == state if state is not None else Case.state != CaseState.CLOSED)
    found = found.where(Case.owner_id.is_distinct_from(officer), *within(areas))
    pairs = (
        (Case.queue, wanted.queue),
        (Case.subject_kind, wanted.subject_kind),
        (Case.reason, wanted.reason),
        (Case.area_id, wanted.area_id),
        (Case.language, wanted.language),
        (Case.lane, wanted.lane),
    )
    for column, value in pairs:
        if value is not None:
            found = found.where(column == value)
    return found.where(Case.sla_due_at < now()) if wanted.overdue else found


def within(areas: frozenset[UUID] | None) -> tuple[ColumnElement[bool], ...]:
    """What limits a question about cases to an officer's areas."""
    return () if areas is None else (Case.area_id.in_(areas),)


async def claim(session: AsyncSession, case_id: UUID, officer: UUID, *, senior: bool = False, role: str = "moderator") -> Case:
    """Takes the case for the time of a lease, or renews the officer's own; of many at once, one wins. Escalated ones are for seniors.

    Raises CaseNotFound, CaseTaken, OwnCase.
    """
    case = await visible(session, case_id, officer, "moderation.decide")
    await require_stranger(session, case, officer)
    before = case.state
    moment = now()
    lease = timedelta(minutes=await rules.limit(session, "claim_lease", "minutes"))
    free = or_(Case.lease_owner.is_(None), Case.lease_until <= moment, Case.lease_owner == officer)
    workable = (*_WORKABLE, CaseState.ESCALATED) if senior else _WORKABLE
    won = await session.scalar(
        update(Case)
        .where(Case.id == case_id, Case.state.in_(workable), free)
        .values(state=CaseState.ASSIGNED, lease_owner=officer, lease_until=moment + lease, version=Case.version + 1)
        .returning(Case.id)
    )
    if won is None:
        raise CaseTaken
    steps.write(session, case_id, before, CaseState.ASSIGNED, actor=officer, role=role)
    await record(session, actor=f"person:{officer}", action="case.claimed", subject=f"case:{case_id}")
    await session.flush()
    await session.refresh(case)
    return case


async def beat(session: AsyncSession, case_id: UUID, officer: UUID) -> Case:
    """Keeps a lease that is still held for another while. Raises CaseNotFound, LeaseNeeded."""
    case = await held(session, case_id, officer)
    case.lease_until = now() + timedelta(minutes=await rules.limit(session, "claim_lease", "minutes"))
    await session.flush()
    return case


async def release(session: AsyncSession, case_id: UUID, officer: UUID) -> None:
    """Gives the case back to the queue. Raises LeaseNeeded where the officer does not hold it."""
    case = await held(session, case_id, officer)
    case.lease_owner, case.lease_until = None, None
    await steps.move(session, case, CaseState.QUEUED, actor=officer, role="moderator")
    await record(session, actor=f"person:{officer}", action="case.released", subject=f"case:{case_id}")


async def escalate(session: AsyncSession, case_id: UUID, officer: UUID, *, note: str) -> Case:
    """Hands a case the officer holds up to the seniors. Raises CaseNotFound, LeaseNeeded."""
    case = await held(session, case_id, officer)
    case.lease_owner, case.lease_until = None, None
    await steps.move(session, case, CaseState.ESCALATED, actor=officer, role="moderator", internal=note)
    await record(session, actor=f"person:{officer}", action="case.escalated", subject=f"case:{case_id}")
    return case


async def reroute(session: AsyncSession, case_id: UUID, officer: UUID, *, queue: str, severity: int | None, note: str) -> Case:
    """Puts a case into another queue, or weighs it differently, before anybody holds it. Raises CaseNotFound, CaseTaken, OwnCase."""
    case = await visible(session, case_id, officer, "moderation.triage", locked=True)
    await require_stranger(session, case, officer)
    if case.state not in {CaseState.OPEN, CaseState.QUEUED, CaseState.ESCALATED}:
        raise CaseTaken
    case.queue, case.severity = queue, severity or case.severity
    await steps.move(session, case, CaseState.QUEUED, actor=officer, role="triage", internal=note)
    await record(session, actor=f"person:{officer}", action="case.rerouted", subject=f"case:{case_id}", facts={"queue": queue})
    return case


async def reopen(session: AsyncSession, case_id: UUID, officer: UUID, *, note: str) -> Case:
    """Takes a closed case up again; what was decided stays until something else is. Raises CaseNotFound, CaseStands, OwnCase."""
    case = await visible(session, case_id, officer, "moderation.approve", locked=True)
    await require_stranger(session, case, officer)
    other = exists().where(Case.subject_kind == case.subject_kind, Case.subject_id == case.subject_id, Case.state != CaseState.CLOSED)
    if case.state is not CaseState.CLOSED or await session.scalar(select(other)):
        raise CaseStands
    case.sla_due_at, case.closed_at, case.alarmed_at = await rules.deadline(session, "day", since=now()), None, None
    await steps.move(session, case, CaseState.QUEUED, actor=officer, role="senior_moderator", internal=note)
    await record(session, actor=f"person:{officer}", action="case.reopened", subject=f"case:{case_id}")
    return case


async def require_stranger(session: AsyncSession, case: Case, officer: UUID) -> None:
    """Raises OwnCase for the owner of the subject, for whoever reported it (also after taking the case), and for their guardians and wards.

    Raises FlaggedRecordClosed for a record of special care where the officer has no permission of their own for it.
    """
    reported = await reporters(session, case.id)
    if not can_work_on(officer, case.owner_id, reported):
        raise OwnCase
    if case.owner_id is not None:
        if await relatives.related(session, officer, {case.owner_id, *reported}):
            raise OwnCase
        await flags.require_open(session, case.owner_id, officer)


async def visible(session: AsyncSession, case_id: UUID, officer: UUID, permission: str, *, locked: bool = False) -> Case:
    """The case, if it lies within the areas the officer's permission is limited to. Raises CaseNotFound."""
    wanted = select(Case).where(Case.id == case_id, *within(await access.areas(session, officer, permission)))
    found = await session.scalar(wanted.with_for_update().execution_options(populate_existing=True) if locked else wanted)
    if found is None:
        raise CaseNotFound
    return found


async def held(session: AsyncSession, case_id: UUID, officer: UUID) -> Case:
    """The case, locked, while the officer's lease lives. Raises CaseNotFound, LeaseNeeded."""
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True))
    if case is None:
        raise CaseNotFound
    if case.state is not CaseState.ASSIGNED or case.lease_owner != officer or case.lease_until is None or case.lease_until <= now():
        raise LeaseNeeded
    return case


async def reporters(session: AsyncSession, case_id: UUID) -> set[UUID]:
    return set(await session.scalars(select(Report.reporter_id).where(Report.case_id == case_id)))
