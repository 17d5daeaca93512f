"""Asks for a fresh and strong enough sign-in before an operation; the rules are rows, so that they change without a release."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.locks import service as locks
from identity.sessions.models import SignInSession
from identity.step_up.models import ActionFreeze, StepUpRule
from kernel.access import Caller, StepUpRequired


class ActionFrozen(Problem):
    """`until` is the moment a freeze ends, RFC 3339; null where the person's own lock stands, which the person ends."""

    code = "step_up.frozen"
    status = 403
    title = Text(
        vi="Thao tác này đang tạm khoá để bảo vệ tài khoản của bạn",
        en="This is held back to protect your account",
    )


async def require(session: AsyncSession, caller: Caller, operation: str) -> None:
    """Let the caller go on with the operation.

    Raises StepUpRequired (RFC 9470: sign in again with these `acr_values` and `max_age`), ActionFrozen while a recovery's freeze or the
    person's own lock stands, and LookupError for an operation without a rule.
    """
    rule = await session.get(StepUpRule, operation)
    if rule is None:
        raise LookupError(f"no step-up rule is called {operation}")
    if rule.frozen:
        await _not_frozen(session, caller.person)
    found = await _sign_in(session, caller)
    if found is None or found.acr < rule.min_acr or not fresh(found.auth_time, rule.max_age_seconds):
        raise StepUpRequired(rule.min_acr, max_age=rule.max_age_seconds)
    if rule.methods and not set(rule.methods) & set(found.amr):
        raise StepUpRequired(rule.min_acr, max_age=rule.max_age_seconds)


async def met(session: AsyncSession, signed_in: SignInSession, operation: str) -> bool:
    """Whether a sign-in is strong and fresh enough for the operation; raises nothing, for those who can ask for a better one."""
    rule = await session.get(StepUpRule, operation)
    if rule is None or signed_in.acr < rule.min_acr or not fresh(signed_in.auth_time, rule.max_age_seconds):
        return False
    return not rule.methods or bool(set(rule.methods) & set(signed_in.amr))


async def held_back(session: AsyncSession, person_id: UUID) -> bool:
    """Whether a freeze or the person's own lock closes the riskiest operations now."""
    return await frozen_until(session, person_id) is not None or await locks.is_locked(session, person_id)


async def _sign_in(session: AsyncSession, caller: Caller) -> SignInSession | None:
    if caller.session_id is None:
        return None
    found: SignInSession | None = await session.scalar(
        select(SignInSession).where(
            SignInSession.id == caller.session_id, SignInSession.person_id == caller.person, SignInSession.ended_at.is_(None)
        )
    )
    return found


def fresh(auth_time: datetime, max_age: int) -> bool:
    """Whether a sign-in is at most `max_age` seconds old."""
    return now() - auth_time <= timedelta(seconds=max_age)


async def _not_frozen(session: AsyncSession, person_id: UUID) -> None:
    until = await frozen_until(session, person_id)
    if until is not None:
        raise ActionFrozen(until=until.isoformat())
    if await locks.is_locked(session, person_id):
        raise ActionFrozen(until=None)


async def frozen_until(session: AsyncSession, person_id: UUID) -> datetime | None:
    """When the person's freeze ends, None where there is none."""
    found: datetime | None = await session.scalar(
        select(ActionFreeze.until).where(ActionFreeze.person_id == person_id, ActionFreeze.until > now())
    )
    return found


async def freeze(session: AsyncSession, person_id: UUID, *, hours: int, because: str) -> None:
    """Close the riskiest operations of the person for `hours`; a longer freeze that stands already is kept."""
    until = now() + timedelta(hours=hours)
    row = insert(ActionFreeze).values(person_id=person_id, until=until, because=because, created_at=now())
    kept = {"until": row.excluded.until, "because": row.excluded.because, "created_at": row.excluded.created_at}
    await session.execute(
        row.on_conflict_do_update(index_elements=[ActionFreeze.person_id], set_=kept, where=ActionFreeze.until < row.excluded.until)
    )
