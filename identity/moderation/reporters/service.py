"""Reliability of reporters, and muting those who flood."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation import rules
from identity.moderation.priority import reliability
from identity.moderation.reporters.models import Muting, Reporter
from kernel.audit import record


class ReporterMuted(Problem):
    code = "moderation.reporter_muted"
    status = 403
    title = Text(vi="Bạn tạm thời không gửi được báo cáo", en="You cannot report for a while")


class MutingRefused(Problem):
    code = "moderation.muting_refused"
    status = 422
    title = Text(vi="Thời hạn dừng báo cáo không hợp lệ", en="Reporting cannot be stopped for that long")


async def require_unmuted(session: AsyncSession, person_id: UUID) -> None:
    """Raises ReporterMuted with `until`, an RFC 3339 moment."""
    until = await session.scalar(select(Reporter.muted_until).where(Reporter.person_id == person_id, Reporter.muted_until > now()))
    if until is not None:
        raise ReporterMuted(until=until.isoformat())


async def mean_reliability(session: AsyncSession, people: Collection[UUID]) -> float:
    """The mean over these reporters; newcomers stand at 1, as does a case nobody reported."""
    if not people:
        return 1.0
    rows = await session.execute(select(Reporter.upheld, Reporter.rejected).where(Reporter.person_id.in_(people)))
    known = [reliability(row.upheld, row.rejected) for row in rows]
    return (sum(known) + (len(people) - len(known)) * reliability(0, 0)) / len(people)


async def count(session: AsyncSession, people: Collection[UUID], *, right: bool, by: int = 1) -> None:
    """What a decision says about the reports behind it; `by` -1 takes it back when the decision is undone."""
    for person_id in sorted(people):
        upheld, rejected = (max(by, 0), 0) if right else (0, max(by, 0))
        row = insert(Reporter).values(person_id=person_id, upheld=upheld, rejected=rejected)
        column = Reporter.upheld if right else Reporter.rejected
        # Never below nothing: a count that was never made is not taken back.
        changed = {column: column + by} if by > 0 else {column: column - 1}
        guard = None if by > 0 else column > 0
        await session.execute(row.on_conflict_do_update(index_elements=[Reporter.person_id], set_=changed, where=guard))


async def mute(session: AsyncSession, person_id: UUID, *, days: int, reason: Text, by: UUID) -> Muting:
    """Stops somebody's reporting, with reasons in both languages. Raises MutingRefused, also for oneself."""
    if by == person_id or not 1 <= days <= await rules.limit(session, "reporter_mute", "most_days"):
        raise MutingRefused
    until = now() + timedelta(days=days)
    row = Muting(person_id=person_id, until=until, reason_vi=reason.vi, reason_en=reason.en, by=by)
    session.add(row)
    kept = insert(Reporter).values(person_id=person_id, upheld=0, rejected=0, muted_until=until)
    await session.execute(kept.on_conflict_do_update(index_elements=[Reporter.person_id], set_={Reporter.muted_until: until}))
    await record(session, actor=f"person:{by}", action="reporter.muted", subject=f"person:{person_id}", facts={"days": days})
    return row
