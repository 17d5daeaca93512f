"""Keeps cases and their logs in a backend's own schema; two people who act at once are told apart by the row's version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import text
from hanoismart.casework import Act, Case, CaseEvent, CaseState, Role
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.worktime import PausableClock, Unit


class CaseChanged(Problem):
    code = "casework.changed_meanwhile"
    status = 409
    title = text.Text(vi="Hồ sơ vừa được người khác xử lý, hãy tải lại", en="Somebody else has just acted on this case, load it again")


@dataclass(frozen=True, slots=True)
class Kept:
    """A case with the row it came from; `version` counts its changes."""

    id: UUID
    version: int
    case: Case


@dataclass(frozen=True, slots=True)
class CaseTables:
    """The two tables of a backend's cases; its Alembic scripts make them."""

    cases: Table
    events: Table


def case_tables(metadata: MetaData) -> CaseTables:
    """Declare the tables in a backend's metadata."""
    states = ", ".join(f"'{state.value}'" for state in CaseState)
    cases = Table(
        "case_file",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("code", String(60), nullable=False, unique=True),
        Column("state", String(32), nullable=False),
        Column("received_by", String(100), nullable=False),
        Column("handled_by", String(100), nullable=False, index=True),
        Column("clock_unit", String(32), nullable=False),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("changed_at", DateTime(timezone=True), nullable=False),
        Column("paused_at", DateTime(timezone=True)),
        Column("clock_left", BigInteger),
        Column("extended", Boolean, nullable=False),
        Column("late", Boolean, nullable=False),
        Column("done", JSONB, nullable=False),
        Column("version", Integer, nullable=False),
        CheckConstraint(f"state IN ({states})", name="state"),
    )
    Index("ix_case_file_due", cases.c.due_at, postgresql_where=cases.c.paused_at.is_(None))
    events = Table(
        "case_event",
        metadata,
        Column("case_id", Uuid, ForeignKey(cases.c.id), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor", String(100), nullable=False),
        Column("role", String(32), nullable=False),
        Column("act", String(32)),
        Column("before", String(32)),
        Column("after", String(32), nullable=False),
        Column("reason", Text, nullable=False),
        Column("forms", JSONB, nullable=False),
        Column("handled_by", String(100), nullable=False),
    )
    return CaseTables(cases, events)


async def add(session: AsyncSession, tables: CaseTables, case: Case, event: CaseEvent) -> Kept:
    """Keep a new case with the first line of its log."""
    kept = Kept(new_id(), 1, case)
    await session.execute(insert(tables.cases).values(id=kept.id, version=1, **_columns(case)))
    await session.execute(insert(tables.events).values(case_id=kept.id, number=1, **_line(event)))
    return kept


async def load(session: AsyncSession, tables: CaseTables, code: str) -> Kept | None:
    """The case of a code as it stands."""
    row = (await session.execute(select(tables.cases).where(tables.cases.c.code == code))).mappings().one_or_none()
    return _kept(row) if row is not None else None


async def save(session: AsyncSession, tables: CaseTables, before: Kept, case: Case, event: CaseEvent) -> Kept:
    """Keep what an act made of a case, and its line. Raises CaseChanged where somebody acted meanwhile."""
    table, number = tables.cases, before.version + 1
    mine = (table.c.id == before.id) & (table.c.version == before.version)
    changed = update(table).where(mine).values(version=number, **_columns(case)).returning(table.c.id)
    if (await session.execute(changed)).one_or_none() is None:
        raise CaseChanged
    await session.execute(insert(tables.events).values(case_id=before.id, number=number, **_line(event)))
    return Kept(before.id, number, case)


async def history(session: AsyncSession, tables: CaseTables, case_id: UUID) -> list[CaseEvent]:
    """The whole log of a case, oldest first."""
    rows = await session.execute(select(tables.events).where(tables.events.c.case_id == case_id).order_by(tables.events.c.number))
    return [_event(row) for row in rows.mappings()]


async def overdue(session: AsyncSession, tables: CaseTables, at: datetime, *, limit: int = 100) -> list[str]:
    """The codes of running cases whose due time is before `at`, the oldest due first."""
    table = tables.cases
    late = select(table.c.code).where(table.c.paused_at.is_(None), table.c.due_at < at).order_by(table.c.due_at, table.c.id).limit(limit)
    return list((await session.scalars(late)).all())


def _columns(case: Case) -> dict[str, Any]:
    clock = case.clock
    return {
        "code": case.code,
        "state": case.state.value,
        "received_by": case.received_by,
        "handled_by": case.handled_by,
        "clock_unit": clock.unit.value,
        "due_at": clock.due_at,
        "changed_at": clock.changed_at,
        "paused_at": clock.paused_at,
        "clock_left": clock.left,
        "extended": case.extended,
        "late": case.late,
        "done": {what.value: times for what, times in case.done},
    }


def _kept(row: RowMapping) -> Kept:
    done: Mapping[str, int] = row["done"]
    case = Case(
        code=row["code"],
        state=CaseState(row["state"]),
        clock=PausableClock(Unit(row["clock_unit"]), row["due_at"], row["changed_at"], row["paused_at"], row["clock_left"]),
        received_by=row["received_by"],
        handled_by=row["handled_by"],
        extended=row["extended"],
        late=row["late"],
        done=tuple(sorted((Act(name), times) for name, times in done.items())),
    )
    return Kept(row["id"], row["version"], case)


def _line(event: CaseEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "actor": event.actor,
        "role": event.role.value,
        "act": event.act.value if event.act else None,
        "before": event.before.value if event.before else None,
        "after": event.after.value,
        "reason": event.reason,
        "forms": sorted(event.forms),
        "handled_by": event.handled_by,
    }


def _event(row: RowMapping) -> CaseEvent:
    return CaseEvent(
        at=row["at"],
        actor=row["actor"],
        role=Role(row["role"]),
        act=Act(row["act"]) if row["act"] else None,
        before=CaseState(row["before"]) if row["before"] else None,
        after=CaseState(row["after"]),
        reason=row["reason"],
        forms=frozenset(row["forms"]),
        handled_by=row["handled_by"],
    )
