"""Codes of an authenticator app (RFC 6238): a second factor only, and every time step counts once."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.factors.models import Totp
from identity.people import vault
from identity.people.queries import PersonNotFound
from identity.settings import settings
from kernel.limits import spend

LIFETIME = timedelta(minutes=10)
HOUR = timedelta(hours=1)
_STEP = 30
_WINDOW = (-1, 0, 1)


class TotpRefused(Problem):
    """Wrong, used before, or of an offer that is over: one answer."""

    code = "factors.totp_refused"
    status = 422
    title = Text(vi="Mã của ứng dụng xác thực không đúng", en="The code of the authenticator app is wrong")
    keep = True


@dataclass(frozen=True, slots=True)
class Offer:
    """A new secret, shown this once; it counts after its first code is given back."""

    id: UUID
    secret: str = field(repr=False)
    uri: str = field(repr=False)
    expires_at: datetime


async def offer(session: AsyncSession, person_id: UUID) -> Offer:
    """A secret for an authenticator app, good for ten minutes unless a code of it comes back. Raises PersonNotFound."""
    ring = await vault.ring_of(session, person_id)
    if ring is None:
        raise PersonNotFound
    await session.execute(delete(Totp).where(Totp.person_id == person_id, Totp.confirmed_at.is_(None)))
    row_id, secret = new_id(), pyotp.random_base32()
    expires_at = now() + LIFETIME
    sealed = ring.seal(secret.encode(), context=_context(row_id))
    session.add(Totp(id=row_id, person_id=person_id, secret=sealed, last_step=0, expires_at=expires_at))
    await session.flush()
    return Offer(row_id, secret, pyotp.TOTP(secret).provisioning_uri(issuer_name="HanoiSmart"), expires_at)


async def confirm(session: AsyncSession, person_id: UUID, offer_id: UUID, code: str) -> None:
    """The app works: it is the person's from now on, in place of an earlier one. Raises TotpRefused, TooMany."""
    await _spend(session, person_id)
    row = await session.scalar(
        select(Totp).where(Totp.id == offer_id, Totp.person_id == person_id, Totp.confirmed_at.is_(None)).with_for_update()
    )
    if row is None or row.expires_at is None or row.expires_at <= now() or not await _use(session, row, code):
        raise TotpRefused
    await _spend(session, person_id, amount=-1)
    await session.execute(delete(Totp).where(Totp.person_id == person_id, Totp.id != offer_id))
    row.confirmed_at, row.expires_at = now(), None
    await session.flush()


async def has(session: AsyncSession, person_id: UUID | None) -> bool:
    found = await session.scalar(select(Totp.id).where(Totp.person_id == person_id, Totp.confirmed_at.is_not(None)))
    return found is not None


async def verify(session: AsyncSession, person_id: UUID | None, code: str) -> bool:
    """Whether this is a code of the person's app that was not used before; it is used now. Guesses are the caller's to count."""
    row = await session.scalar(select(Totp).where(Totp.person_id == person_id, Totp.confirmed_at.is_not(None)))
    return row is not None and await _use(session, row, code)


async def remove(session: AsyncSession, person_id: UUID) -> bool:
    """False when there was none."""
    gone = await session.scalars(delete(Totp).where(Totp.person_id == person_id).returning(Totp.confirmed_at))
    return any(moment is not None for moment in gone)


async def _use(session: AsyncSession, row: Totp, code: str) -> bool:
    """The step whose code this is, one before or after allowed for clocks, is spent by one statement."""
    ring = await vault.ring_of(session, row.person_id)
    if ring is None:
        return False
    made = pyotp.TOTP(ring.open(row.secret, context=_context(row.id)).decode())
    current = int(now().timestamp()) // _STEP
    steps = [current + shift for shift in _WINDOW]
    fitting = [step for step in steps if hmac.compare_digest(made.at(step * _STEP).encode(), code.encode())]
    if not fitting:
        return False
    spent = update(Totp).where(Totp.id == row.id, Totp.last_step < fitting[-1]).values(last_step=fitting[-1]).returning(Totp.id)
    return await session.scalar(spent) is not None


async def _spend(session: AsyncSession, person_id: UUID, *, amount: int = 1) -> None:
    await spend(session, f"code-wrong:{person_id}", limit=settings().wrong_codes_per_hour, window=HOUR, amount=amount)


def _context(row_id: UUID) -> bytes:
    return f"totp:{row_id}".encode()
