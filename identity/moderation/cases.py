"""The queue of cases: taken under a lease by one officer at a time, and seen by nobody without the owner being able to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import disclosures
from identity.moderation import reports, rules
from identity.moderation.models import Case, CaseState, Decision, Report, Restriction
from identity.moderation.policies import OwnCase, can_work_on, masked, masked_name
from identity.people.models import Person
from kernel.audit import record

ORGANISATION = Text(vi="Bộ phận kiểm duyệt HanoiSmart", en="HanoiSmart moderation")
PURPOSE = Text(vi="Xem xét báo cáo về nội dung của bạn", en="Looking into reports about your content")
LEGAL_BASIS = "Nghị định 147/2024/NĐ-CP"
_WORKABLE = (CaseState.OPEN, CaseState.ASSIGNED)


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


@dataclass(frozen=True, slots=True, repr=False)
class Evidence:
    """One report as staff see it: masked, and without who reported."""

    reason: str
    text: str
    note: str | None
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class CaseView:
    """A case as staff see it. Violations count decisions against the owner: what Decree 147/2024 Art. 35(7) measures a lock by."""

    case: Case
    owner: str | None
    evidence: Sequence[Evidence]
    violations_30_days: int
    violations_90_days: int
    temporary_locks: int


def queue(officer: UUID, state: CaseState | None = None, name: str | None = None) -> Select[Case]:
    """The cases of a state (default: all that are not closed) and of a queue; nobody finds a case about themselves there."""
    found = select(Case).where(Case.state == state if state is not None else Case.state != CaseState.CLOSED)
    found = found.where(Case.owner_id.is_distinct_from(officer))
    return found if name is None else found.where(Case.queue == name)


async def claim(session: AsyncSession, case_id: UUID, officer: UUID) -> Case:
    """Takes the case for the time of a lease, or renews the officer's own; of many at once, one wins.

    Raises CaseNotFound, CaseTaken, OwnCase.
    """
    case = await _case(session, case_id)
    await require_stranger(session, case, officer)
    moment = now()
    lease = timedelta(minutes=await rules.limit(session, "claim_lease", "minutes"))
    free = or_(Case.lease_owner.is_(None), Case.lease_until <= moment, Case.lease_owner == officer)
    won = await session.scalar(
        update(Case)
        .where(Case.id == case_id, Case.state.in_(_WORKABLE), free)
        .values(state=CaseState.ASSIGNED, lease_owner=officer, lease_until=moment + lease)
        .returning(Case.id)
    )
    if won is None:
        raise CaseTaken
    await record(session, actor=f"person:{officer}", action="case.claimed", subject=f"case:{case_id}")
    await session.refresh(case)
    return case


async def release(session: AsyncSession, case_id: UUID, officer: UUID) -> None:
    """Gives the case back to the queue. Raises LeaseNeeded where the officer does not hold it."""
    case = await held(session, case_id, officer)
    case.state, case.lease_owner, case.lease_until = CaseState.OPEN, None, None
    await session.flush()
    await record(session, actor=f"person:{officer}", action="case.released", subject=f"case:{case_id}")


async def require_stranger(session: AsyncSession, case: Case, officer: UUID) -> None:
    """Raises OwnCase for the owner of the subject and for whoever reported it, also where they did so after taking the case."""
    if not can_work_on(officer, case.owner_id, await reporters(session, case.id)):
        raise OwnCase


async def held(session: AsyncSession, case_id: UUID, officer: UUID) -> Case:
    """The case, locked, while the officer's lease lives. Raises CaseNotFound, LeaseNeeded."""
    case = await session.scalar(select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True))
    if case is None:
        raise CaseNotFound
    if case.state is not CaseState.ASSIGNED or case.lease_owner != officer or case.lease_until is None or case.lease_until <= now():
        raise LeaseNeeded
    return case


async def view(session: AsyncSession, case_id: UUID, officer: UUID, *, role: str) -> CaseView:
    """The case, masked. The owner reads in their own log that an officer looked: the role, never a name.

    Raises CaseNotFound, also for a case about the officer: who reported them is not for them to guess.
    """
    case = await _case(session, case_id)
    if case.owner_id == officer:
        raise CaseNotFound
    rows = await session.scalars(select(Report).where(Report.case_id == case_id).order_by(Report.created_at, Report.id))
    shown = [_masked(row) for row in rows]
    owner = None
    if case.owner_id is not None:
        name = await session.scalar(select(Person.display_name).where(Person.id == case.owner_id))
        owner = masked_name(name or "")
        reader = disclosures.Reader("staff", "moderation", ORGANISATION, role)
        purpose = disclosures.Purpose("moderation.case", PURPOSE, LEGAL_BASIS, str(case_id))
        await disclosures.record(session, case.owner_id, ["display_name", f"reported_{case.subject_kind}"], reader, purpose)
    thirty, ninety, locks = await _history(session, case.owner_id)
    return CaseView(case, owner, shown, thirty, ninety, locks)


def _masked(row: Report) -> Evidence:
    kept = reports.evidence(row)
    note = kept["note"]
    return Evidence(row.reason, masked(kept["text"] or ""), None if note is None else masked(note), row.created_at)


async def _case(session: AsyncSession, case_id: UUID) -> Case:
    case = await session.get(Case, case_id)
    if case is None:
        raise CaseNotFound
    return case


async def reporters(session: AsyncSession, case_id: UUID) -> set[UUID]:
    return set(await session.scalars(select(Report.reporter_id).where(Report.case_id == case_id)))


async def _history(session: AsyncSession, owner: UUID | None) -> tuple[int, int, int]:
    if owner is None:
        return 0, 0, 0
    moment = now()
    acted = Decision.restriction != Restriction.NONE
    counted = select(
        func.count().filter(acted, Decision.decided_at > moment - timedelta(days=30)),
        func.count().filter(acted, Decision.decided_at > moment - timedelta(days=90)),
        func.count().filter(Decision.days.is_not(None)),
    )
    row = (await session.execute(counted.join(Case, Case.id == Decision.case_id).where(Case.owner_id == owner))).one()
    return row[0], row[1], row[2]
