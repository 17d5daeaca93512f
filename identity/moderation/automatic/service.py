"""Applies automatic rules to cases: a live one routes, raises or hides until somebody looks; a shadow one only writes what it met."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation import kinds, steps
from identity.moderation.automatic.models import AutomaticMatch, AutomaticRule, Effect, Mode
from identity.moderation.models import Case, Decision, Report, Restriction
from kernel.audit import record

REPLAYED = timedelta(days=30)
KNOWN = frozenset({"words", "least_reports", "least_links", "subject_kind", "language"})


class AutomaticRuleUnknown(Problem):
    code = "moderation.automatic_rule_unknown"
    status = 404
    title = Text(vi="Không có quy tắc tự động này", en="There is no such automatic rule")


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to be; `conditions` is checked by the edge."""

    key: str
    mode: Mode
    effect: Effect
    queue: str | None
    conditions: dict[str, Any]
    text: Text


@dataclass(frozen=True, slots=True)
class Replay:
    """What a rule would have met in thirty days: how many cases, how many of them were acted on, and how many not."""

    cases: int
    matched: int
    matched_and_acted: int
    matched_and_not_acted: int


def meets(conditions: dict[str, Any], case: Case, text: str, reports: int) -> bool:
    """Whether every condition holds."""
    folded = fold(text)
    words = [fold(word) for word in conditions.get("words", [])]
    return (
        (not words or any(word in folded for word in words))
        and reports >= int(conditions.get("least_reports", 0))
        and text.count("http") >= int(conditions.get("least_links", 0))
        and conditions.get("subject_kind") in {None, case.subject_kind}
        and conditions.get("language") in {None, case.language}
    )


async def consider(session: AsyncSession, case_id: UUID, text: str) -> None:
    """Lets every rule that is on look at a case that was just reported; each meets it once."""
    found = (await session.scalars(select(AutomaticRule).where(AutomaticRule.current, AutomaticRule.mode != Mode.OFF))).all()
    if not found:
        return
    case = await session.get_one(Case, case_id, populate_existing=True)
    reports = int(await session.scalar(select(func.count()).select_from(Report).where(Report.case_id == case_id)) or 0)
    for rule in found:
        if not meets(rule.conditions, case, text, reports):
            continue
        row = insert(AutomaticMatch).values(id=new_id(), rule_id=rule.id, case_id=case_id, mode=rule.mode, at=now())
        fresh = await session.scalar(row.on_conflict_do_nothing().returning(AutomaticMatch.id))
        if fresh is not None and rule.mode is Mode.LIVE:
            await _apply(session, rule, case)


async def met(session: AsyncSession, case_id: UUID) -> bool:
    """Whether a live rule has acted on the case: a statement of reasons says so."""
    acted = exists().where(AutomaticMatch.case_id == case_id, AutomaticMatch.mode == Mode.LIVE)
    return bool(await session.scalar(select(acted)))


async def save(session: AsyncSession, new: NewRule, *, by: UUID) -> AutomaticRule:
    """A new version of the rule; the one before stays readable and counts no more."""
    last = await session.scalar(select(func.max(AutomaticRule.version)).where(AutomaticRule.key == new.key))
    await session.execute(update(AutomaticRule).where(AutomaticRule.key == new.key).values(current=False))
    row = AutomaticRule(
        key=new.key,
        version=(last or 0) + 1,
        current=True,
        mode=new.mode,
        effect=new.effect,
        queue=new.queue,
        conditions=new.conditions,
        text_vi=new.text.vi,
        text_en=new.text.en,
        made_by=by,
    )
    session.add(row)
    await session.flush()
    facts = {"version": row.version, "mode": row.mode.value, "effect": row.effect.value}
    await record(session, actor=f"person:{by}", action="automatic_rule.saved", subject=f"automatic_rule:{new.key}", facts=facts)
    return row


async def replay(session: AsyncSession, rule_id: UUID) -> Replay:
    """Runs the rule over the evidence of thirty days and changes nothing. Raises AutomaticRuleUnknown."""
    from identity.moderation.reports import evidence

    rule = await session.get(AutomaticRule, rule_id)
    if rule is None:
        raise AutomaticRuleUnknown
    rows = (
        await session.execute(
            select(Report, Case).join(Case, Case.id == Report.case_id).where(Report.created_at > now() - REPLAYED).order_by(Report.id)
        )
    ).all()
    counts: dict[UUID, int] = {}
    matched: set[UUID] = set()
    for report, case in rows:
        counts[case.id] = counts.get(case.id, 0) + 1
        if meets(rule.conditions, case, evidence(report)["text"] or "", counts[case.id]):
            matched.add(case.id)
    decided = await session.execute(select(Decision.case_id, Decision.restriction).where(Decision.case_id.in_(matched)))
    outcomes = {row.case_id: row.restriction is not Restriction.NONE for row in decided}
    return Replay(len(counts), len(matched), sum(outcomes.values()), sum(not acted for acted in outcomes.values()))


async def _apply(session: AsyncSession, rule: AutomaticRule, case: Case) -> None:
    if rule.effect is Effect.HIDE:
        await kinds.of(case.subject_kind).hide(session, case.subject_id)
    elif rule.effect is Effect.RAISE:
        case.severity = min(4, case.severity + 1)
    elif rule.queue is not None:
        case.queue = rule.queue
    note = f"automatic rule {rule.key} version {rule.version}: {rule.effect.value}"
    await steps.move(session, case, case.state, actor=None, role="automatic", internal=note)
    await record(session, actor="system:moderation", action="automatic_rule.applied", subject=f"case:{case.id}", facts={"rule": rule.key})
