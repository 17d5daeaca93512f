"""Rules as data: the version in force on a day, and the seed they start from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation.models import Rule
from identity.places.queries import today

SEED = Path(__file__).parent / "seed" / "rules.json"
HOUSE = "house"
LIMITS = "limits"


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


async def seed(session: AsyncSession) -> int:
    """Adds the rule versions that are not there yet; returns how many. Safe to run again."""
    rows = [
        row | {"id": new_id(), "valid_from": date.fromisoformat(row["valid_from"])} for row in json.loads(SEED.read_text(encoding="utf-8"))
    ]
    added = await session.execute(insert(Rule).values(rows).on_conflict_do_nothing().returning(Rule.id))
    return len(added.all())


async def in_force(session: AsyncSession, rule_set: str, key: str) -> RuleInForce:
    """Raises RuleUnknown."""
    row = await session.scalar(
        select(Rule).where(Rule.rule_set == rule_set, Rule.key == key, *_today()).order_by(Rule.version.desc()).limit(1)
    )
    if row is None:
        raise RuleUnknown
    return _of(row)


async def reason(session: AsyncSession, key: str) -> RuleInForce:
    """The house rule a report names. Raises RuleUnknown, also for one that nobody may report by."""
    found = await in_force(session, HOUSE, key)
    if not found.reportable:
        raise RuleUnknown
    return found


async def limit(session: AsyncSession, key: str, parameter: str) -> int:
    """A number of the rule set `limits`. Raises RuleUnknown."""
    return int((await in_force(session, LIMITS, key)).parameters[parameter])


async def every(session: AsyncSession) -> Sequence[RuleInForce]:
    """Every rule in force, by set and key."""
    rows = await session.scalars(select(Rule).where(*_today()).order_by(Rule.rule_set, Rule.key, Rule.version.desc()))
    newest: dict[tuple[str, str], Rule] = {}
    for row in rows:
        newest.setdefault((row.rule_set, row.key), row)
    return [_of(row) for row in newest.values()]


def _today() -> tuple[Any, ...]:
    day = today()
    return (Rule.valid_from <= day, or_(Rule.valid_to.is_(None), Rule.valid_to > day))


def _of(row: Rule) -> RuleInForce:
    return RuleInForce(row.rule_set, row.key, row.version, Text(vi=row.text_vi, en=row.text_en), row.legal_ref, row.parameters)
