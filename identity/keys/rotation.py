"""Changes signing keys: announced ahead and kept past the longest token, or at once and everywhere after a compromise."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.keys import service
from identity.keys.models import KeyPurpose, SigningKey
from identity.sessions.models import Revocation, RevocationKind
from identity.settings import settings
from kernel.audit import record

OVERLAP: Final = timedelta(days=1)
"""How long an old key still verifies after the new one signs: far beyond the longest token, so that hints of yesterday are read."""
STALE: Final = timedelta(seconds=60)
"""Within this time every process has read the keys anew; what an old process signs until then is refused as well."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One key as an operator sees it."""

    kid: str
    purpose: KeyPurpose
    activates_at: datetime
    retires_at: datetime | None

    @property
    def state(self) -> str:
        moment = now()
        if self.retires_at is not None and self.retires_at <= moment:
            return "retired"
        return "announced" if self.activates_at > moment else "retiring" if self.retires_at is not None else "signing"


async def listed(session: AsyncSession) -> list[Listed]:
    """Every key that is remembered, the oldest first."""
    rows = await session.scalars(select(SigningKey).order_by(SigningKey.purpose, SigningKey.activates_at))
    return [Listed(row.kid, row.purpose, row.activates_at, row.retires_at) for row in rows]


async def rotate(session: AsyncSession, purpose: KeyPurpose, *, emergency: bool = False) -> str:
    """A new key; returns its kid.

    Ordinarily it is published now and signs after the time set for announcing, the old ones verify a day longer. In an emergency it
    signs now, the old ones are withdrawn, and every token under them is refused within a minute.
    """
    await session.execute(select(func.pg_advisory_xact_lock(service.LOCK)))
    moment = now()
    activates_at = moment if emergency else moment + timedelta(minutes=settings().key_announcement_minutes)
    ends_at = moment if emergency else activates_at + OVERLAP
    withdrawn = await session.scalars(
        update(SigningKey)
        .where(SigningKey.purpose == purpose, (SigningKey.retires_at.is_(None)) | (SigningKey.retires_at > ends_at))
        .values(retires_at=ends_at)
        .returning(SigningKey.kid)
    )
    old = withdrawn.all()
    kid = service.add(session, purpose, activates_at=activates_at)
    if emergency:
        session.add_all(Revocation(kind=RevocationKind.KEY, subject=one, at=moment + STALE) for one in old)
    await session.flush()
    facts = {"purpose": purpose.value, "kid": kid, "emergency": emergency, "ended": len(old)}
    await record(session, actor="operator:command", action="keys.rotated", subject=f"key:{kid}", facts=facts)
    service.forget()
    return kid


async def rotate_aged(session: AsyncSession) -> list[str]:
    """Rotate each purpose whose newest key is older than the setting allows."""
    made = []
    for purpose in KeyPurpose:
        newest = await session.scalar(select(func.max(SigningKey.activates_at)).where(SigningKey.purpose == purpose))
        if newest is not None and now() - newest > timedelta(days=settings().signing_key_days):
            made.append(await rotate(session, purpose))
    return made
