"""The ladder: strikes that expire, the windows of Decree 147/2024, and what both suggest. People decide; the numbers are rules."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.moderation import rules
from identity.moderation.models import Case, Decision, Restriction, Reversal, Strike
from identity.people.queries import selves

ACTED = tuple(one for one in Restriction if one is not Restriction.NONE)


@dataclass(frozen=True, slots=True)
class History:
    """Decisions against a person that still stand, and the weight of the strikes that have not expired."""

    violations_30_days: int
    violations_90_days: int
    temporary_locks: int
    strikes: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The next step by the rules: `days` 0 for what has no duration. `rule` is the rule that says so."""

    restriction: str
    days: int
    rule: str


async def history(session: AsyncSession, owner: UUID | None) -> History:
    """What stands against the owner; nothing for a subject that belongs to nobody."""
    if owner is None:
        return History(0, 0, 0, 0)
    moment = now()
    stands = ~exists().where(Reversal.decision_id == Decision.id)
    violation = Decision.restriction != Restriction.NONE, Decision.counts, stands
    counted = select(
        func.count().filter(*violation, Decision.decided_at > moment - timedelta(days=30)),
        func.count().filter(*violation, Decision.decided_at > moment - timedelta(days=90)),
        func.count().filter(Decision.restriction == Restriction.LOCK, Decision.days.is_not(None), stands),
    )
    row = (await session.execute(counted.join(Case, Case.id == Decision.case_id).where(Case.owner_id.in_(selves(owner))))).one()
    return History(row[0], row[1], row[2], await strikes(session, owner))


async def strikes(session: AsyncSession, person_id: UUID) -> int:
    """The weight of the person's strikes now."""
    undone = exists().where(Reversal.decision_id == Strike.decision_id)
    weight = select(func.coalesce(func.sum(Strike.weight), 0)).where(
        Strike.person_id.in_(selves(person_id)), Strike.expires_at > now(), ~undone
    )
    return int(await session.scalar(weight) or 0)


async def strike(session: AsyncSession, decision: Decision, owner: UUID) -> None:
    """Writes what the decision weighs, until it expires."""
    numbers = (await rules.in_force(session, rules.LIMITS, "strikes")).parameters
    weight = int(numbers.get(decision.restriction.value, 0))
    if weight and decision.counts:
        expires = decision.decided_at + timedelta(days=int(numbers["days"]))
        session.add(Strike(decision_id=decision.id, person_id=owner, weight=weight, at=decision.decided_at, expires_at=expires))
        await session.flush()


async def suggest(session: AsyncSession, found: History) -> Suggestion:
    """What the decree's windows or the house's strikes suggest if this case is a violation too."""
    decree = await rules.in_force(session, rules.DECREE, "temporary_lock")
    if within_windows(found, decree.parameters):
        return Suggestion(Restriction.LOCK.value, lock_days(found, decree.parameters), f"{rules.DECREE}/temporary_lock")
    numbers = (await rules.in_force(session, rules.LIMITS, "strikes")).parameters
    weight, chosen = found.strikes + 1, (Restriction.NOTE.value, 0)
    for least, restriction, days in numbers["ladder"]:
        if weight >= int(least):
            chosen = (str(restriction), int(days))
    return Suggestion(chosen[0], chosen[1], f"{rules.LIMITS}/strikes")


def within_windows(found: History, parameters: dict[str, Any]) -> bool:
    """Whether one more violation reaches a window of Decree 147/2024 Art. 35(7)."""
    return found.violations_30_days + 1 >= int(parameters["in_30_days"]) or found.violations_90_days + 1 >= int(parameters["in_90_days"])


def lock_days(found: History, parameters: dict[str, Any]) -> int:
    """Between the least and the most days, longer with every lock before."""
    least, most = int(parameters["least_days"]), int(parameters["most_days"])
    return min(most, least * (found.temporary_locks + 1))
