"""Password and authenticator code, judged together: one answer for every way it can be wrong, and budgets that hold a flood."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.contacts import service as contacts
from identity.factors import passwords, totp
from identity.factors.passwords import Passwords
from identity.settings import settings
from identity.sign_in.service import PASSWORD_ALONE
from identity.sign_in.where import Where
from kernel.limits import count, within

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed: a telephone number or e-mail address, a password, and a code where the account has an authenticator app."""

    identifier: str = field(repr=False)
    password: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    person_id: UUID
    amr: list[str]
    cap: int


async def judge(session: AsyncSession, attempt: Attempt, pool: Passwords, where: Where) -> Accepted | None:
    """Who it is, or None. Failures are counted per account, network and operator; passkeys know nothing of it.

    Raises TooMany once a budget is spent, for accounts that exist and those that do not alike, and PoolFull.
    """
    budgets = _budgets(attempt, where)
    await within(session, budgets, window=HOUR)
    person_id = await contacts.find_person(session, attempt.identifier)
    fits = await pool.fits(await passwords.held(session, person_id), attempt.password)
    # Counting nothing holds the account's budget: what was hashed side by side is judged one after the other, and not past the budget.
    await count(session, budgets[0][0], window=HOUR, amount=0)
    await within(session, budgets, window=HOUR)
    accepted = await _second(session, person_id, attempt.code) if fits and person_id is not None else None
    if accepted is None:
        for key, _ in budgets:
            await count(session, key, window=HOUR)
    return accepted


async def _second(session: AsyncSession, person_id: UUID, code: str) -> Accepted | None:
    if not await totp.has(session, person_id):
        return Accepted(person_id, ["pwd"], PASSWORD_ALONE)
    if not await totp.verify(session, person_id, code):
        return None
    return Accepted(person_id, ["pwd", "otp", "mfa"], 3)


def _budgets(attempt: Attempt, where: Where) -> list[tuple[str, int]]:
    chosen = settings()
    found = [
        (f"password-account:{contacts.spelling(attempt.identifier)}", chosen.password_failures_per_account),
        (f"password-network:{where.network}", chosen.password_failures_per_network),
    ]
    if where.operator is not None:
        found.append((f"password-operator:{where.operator}", chosen.password_failures_per_operator))
    return found
