"""Rules as data: the version in force on a day, and the seed they start from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from hanoismart.worktime import Duration, Unit, due
from identity.moderation.authorities.models import Authority
from identity.moderation.dialogue.models import MessageTemplate
from identity.moderation.models import QueueRoute, Reason, Rule
from identity.places.queries import today
from identity.workdays import calendar
from kernel.audit import record

SEED = Path(__file__).parent / "seed"
HOUSE = "house"
DECREE = "vn-nd147"
LIMITS = "limits"
DEADLINES = "deadlines"
INTERNAL: Final = frozenset({LIMITS, DEADLINES})
"""Sets of numbers, which nobody can break and no decision may cite."""


class RuleUnknown(Problem):
    code = "moderation.rule_unknown"
    status = 422
    title = Text(vi="Không có quy tắc này hoặc quy tắc đã hết hiệu lực", en="There is no such rule in force")


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """One rule as it reads today."""

    rule_set: str
    key: str
    version: int
    text: Text
    legal_ref: str
    parameters: dict[str, Any]

    @property
    def reportable(self) -> bool:
        """Whether people may report by it."""
        return bool(self.parameters.get("reportable", False))


@dataclass(frozen=True, slots=True)
class NewRule:
    """The next version of a rule; `parameters` change what they name and leave the others."""

    rule_set: str
    key: str
    text: Text
    legal_ref: str
    valid_from: date
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReasonInForce:
    """One reason to report as it reads today: the rule it may break, its legal basis, and how soon somebody looks."""

    key: str
    version: int
    text: Text
    rule_set: str
    rule_key: str
    legal_ref: str
    severity: int
    queue: str
    deadline: str
    lane: bool


async def seed(session: AsyncSession) -> int:
    """Adds the versions of rules, reasons, routes, authorities and templates that are not there yet; how many. Safe to run again."""
    added = 0
    for model, file in (
        (Rule, "rules"),
        (Reason, "reasons"),
        (QueueRoute, "routes"),
        (Authority, "authorities"),
        (MessageTemplate, "templates"),
    ):
        rows = [_seeded(row) for row in json.loads((SEED / f"{file}.json").read_text(encoding="utf-8"))]
        made = await session.execute(insert(model).values(rows).on_conflict_do_nothing().returning(model.id))
        added += len(made.all())
    return added


def _seeded(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) for name in ("valid_from", "valid_to") if row.get(name)}
    made = {"made_at": now()} if "made" in row else {}
    return {name: value for name, value in row.items() if name != "made"} | days | made | {"id": new_id()}


async def in_force(session: AsyncSession, rule_set: str, key: str) -> RuleInForce:
    """Raises RuleUnknown."""
    row = await session.scalar(
        select(Rule).where(Rule.rule_set == rule_set, Rule.key == key, *_today(Rule)).order_by(Rule.version.desc()).limit(1)
    )
    if row is None:
        raise RuleUnknown
    return _of(row)


async def reason(session: AsyncSession, key: str) -> ReasonInForce:
    """The reason a report names. Raises RuleUnknown."""
    row = await session.scalar(select(Reason).where(Reason.key == key, *_today(Reason)).order_by(Reason.version.desc()).limit(1))
    if row is None:
        raise RuleUnknown
    return _reason(row)


async def reasons(session: AsyncSession) -> Sequence[ReasonInForce]:
    """Every reason in force, by key."""
    rows = await session.scalars(select(Reason).where(*_today(Reason)).order_by(Reason.key, Reason.version.desc()))
    newest: dict[str, Reason] = {}
    for row in rows:
        newest.setdefault(row.key, row)
    return [_reason(row) for row in newest.values()]


async def deadline(session: AsyncSession, key: str, *, since: datetime) -> datetime:
    """When a case of this class is due, by the working calendar where the class counts working time. Raises RuleUnknown."""
    found = await in_force(session, DEADLINES, key)
    return due(since, Duration(int(found.parameters["value"]), Unit(found.parameters["unit"])), calendar=calendar())


async def save(session: AsyncSession, new: NewRule, *, by: UUID) -> RuleInForce:
    """A new version of a rule that is there, from a day on; the versions before still read as they were. Raises RuleUnknown."""
    last = await session.scalar(
        select(Rule).where(Rule.rule_set == new.rule_set, Rule.key == new.key).order_by(Rule.version.desc()).limit(1).with_for_update()
    )
    if last is None:
        raise RuleUnknown
    row = Rule(
        rule_set=new.rule_set,
        key=new.key,
        version=last.version + 1,
        text_vi=new.text.vi,
        text_en=new.text.en,
        legal_ref=new.legal_ref,
        valid_from=new.valid_from,
        parameters=last.parameters | new.parameters,
    )
    session.add(row)
    await session.flush()
    facts = {"version": row.version, "valid_from": new.valid_from.isoformat()}
    await record(session, actor=f"person:{by}", action="rule.saved", subject=f"rule:{new.rule_set}/{new.key}", facts=facts)
    return _of(row)


async def limit(session: AsyncSession, key: str, parameter: str) -> int:
    """A number of the rule set `limits`. Raises RuleUnknown."""
    return int((await in_force(session, LIMITS, key)).parameters[parameter])


async def every(session: AsyncSession) -> Sequence[RuleInForce]:
    """Every rule in force, by set and key."""
    rows = await session.scalars(select(Rule).where(*_today(Rule)).order_by(Rule.rule_set, Rule.key, Rule.version.desc()))
    newest: dict[tuple[str, str], Rule] = {}
    for row in rows:
        newest.setdefault((row.rule_set, row.key), row)
    return [_of(row) for row in newest.values()]


def _today(kind: type[Rule] | type[Reason]) -> tuple[Any, ...]:
    day = today()
    return (kind.valid_from <= day, or_(kind.valid_to.is_(None), kind.valid_to > day))


def _reason(row: Reason) -> ReasonInForce:
    text = Text(vi=row.text_vi, en=row.text_en)
    return ReasonInForce(
        row.key, row.version, text, row.rule_set, row.rule_key, row.legal_ref, row.severity, row.queue, row.deadline, row.lane
    )


def _of(row: Rule) -> RuleInForce:
    return RuleInForce(row.rule_set, row.key, row.version, Text(vi=row.text_vi, en=row.text_en), row.legal_ref, row.parameters)
