"""The record of a breach: noticed, assessed, told within 72 hours or with the reason why not, closed; every step is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.breaches.models import Breach, BreachState, BreachStep, ToldKind
from kernel.audit import record
from kernel.sealing import keyring

CLOCK: Final = timedelta(hours=72)
"""Law 91/2025/QH15 with Decree 356/2025: notice within 72 hours."""


class BreachNotFound(Problem):
    code = "breaches.not_found"
    status = 404
    title = Text(vi="Không tìm thấy hồ sơ vi phạm dữ liệu", en="There is no such breach record")


class BreachStands(Problem):
    code = "breaches.stands"
    status = 409
    title = Text(vi="Hồ sơ chưa thông báo hoặc đã đóng", en="The record is not told yet, or is closed")


class BreachFromTomorrow(Problem):
    code = "breaches.from_tomorrow"
    status = 422
    title = Text(vi="Thời điểm phát hiện không thể ở tương lai", en="A breach cannot have been noticed in the future")


@dataclass(frozen=True, slots=True, repr=False)
class NewBreach:
    """What is known at the start. `noticed_at` starts the clock, whenever it is written down."""

    title: str
    account: str
    severity: int
    attributes: Sequence[str]
    persons_affected: int | None
    noticed_at: datetime


async def open_record(session: AsyncSession, new: NewBreach, *, by: UUID) -> Breach:
    """Raises BreachFromTomorrow."""
    if new.noticed_at > now():
        raise BreachFromTomorrow
    breach_id = new_id()
    row = Breach(
        id=breach_id,
        title=new.title,
        account=keyring().seal(new.account.encode(), context=_context(breach_id)),
        severity=new.severity,
        state=BreachState.OPEN,
        attributes=list(new.attributes),
        persons_affected=new.persons_affected,
        noticed_at=new.noticed_at,
        due_at=new.noticed_at + CLOCK,
        recorded_by=by,
    )
    session.add(row)
    await session.flush()
    await _step(session, row, by, "opened")
    return row


async def assess(session: AsyncSession, breach_id: UUID, *, severity: int, persons_affected: int, note: str, by: UUID) -> Breach:
    """What the breach comes to. Raises BreachNotFound, BreachStands."""
    row = await _open(session, breach_id)
    row.severity, row.persons_affected = severity, persons_affected
    if row.state is BreachState.OPEN:
        row.state = BreachState.ASSESSED
    await _step(session, row, by, note)
    return row


async def told(session: AsyncSession, breach_id: UUID, *, kind: ToldKind, whom: str, note: str, by: UUID) -> Breach:
    """Writes who was told, when and how; telling the authority stops the clock. Raises BreachNotFound, BreachStands."""
    row = await _open(session, breach_id)
    if kind is ToldKind.AUTHORITY:
        row.notified_at = row.notified_at or now()
        row.state = BreachState.NOTIFIED
    await _step(session, row, by, note, kind, whom)
    return row


async def close(session: AsyncSession, breach_id: UUID, *, no_notice_because: str | None, note: str, by: UUID) -> Breach:
    """Closes what was told, or what by its reason need not be. Raises BreachNotFound, BreachStands."""
    row = await _open(session, breach_id)
    if row.notified_at is None and not no_notice_because:
        raise BreachStands
    row.no_notice_because, row.state, row.closed_at = no_notice_because, BreachState.CLOSED, now()
    await _step(session, row, by, note)
    return row


async def find(session: AsyncSession, breach_id: UUID) -> Breach:
    """Raises BreachNotFound."""
    found = await session.get(Breach, breach_id)
    if found is None:
        raise BreachNotFound
    return found


async def steps(session: AsyncSession, breach_id: UUID) -> Sequence[BreachStep]:
    return (await session.scalars(select(BreachStep).where(BreachStep.breach_id == breach_id).order_by(BreachStep.at, BreachStep.id))).all()


def every(*, running: bool) -> Select[Breach]:
    """All records, or those whose clock still runs."""
    found = select(Breach)
    return found.where(Breach.state.in_((BreachState.OPEN, BreachState.ASSESSED))) if running else found


def words(row: Breach) -> str:
    """What happened."""
    return keyring().open(row.account, context=_context(row.id)).decode()


async def _open(session: AsyncSession, breach_id: UUID) -> Breach:
    row = await session.get(Breach, breach_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise BreachNotFound
    if row.state is BreachState.CLOSED:
        raise BreachStands
    return row


async def _step(session: AsyncSession, row: Breach, by: UUID, note: str, kind: ToldKind | None = None, whom: str | None = None) -> None:
    session.add(BreachStep(breach_id=row.id, at=now(), by=by, state=row.state, told=kind, told_whom=whom, note=note))
    await session.flush()
    facts = {"state": row.state.value} | ({"told": kind.value} if kind else {})
    await record(session, actor=f"person:{by}", action="breach.step", subject=f"breach:{row.id}", facts=facts)


def _context(breach_id: UUID) -> bytes:
    return f"breach:{breach_id}".encode()
