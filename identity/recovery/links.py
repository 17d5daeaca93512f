"""Links by which a recovery is stopped: one per old channel, used once, known to us only by its hash."""

import secrets
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.notices.models import Channel
from identity.recovery.models import CancelLink, Recovery
from identity.sign_in.requests import digest
from kernel.settings import settings


async def make(session: AsyncSession, row: Recovery) -> Mapping[Channel, str]:
    """A link for every channel, good until the recovery is over."""
    made: dict[Channel, str] = {}
    for channel in Channel:
        token = secrets.token_urlsafe(24)
        session.add(CancelLink(token_hash=digest(token), recovery_id=row.id, channel=channel.value, expires_at=row.expires_at))
        made[channel] = f"{settings().public_url}/oauth/recovery/stop?token={token}"
    await session.flush()
    return made


async def counts(session: AsyncSession, token: str) -> bool:
    """Whether a link can still stop something; looking uses nothing up, for mail scanners open links."""
    found = await session.scalar(
        select(CancelLink.recovery_id).where(
            CancelLink.token_hash == digest(token), CancelLink.used_at.is_(None), CancelLink.expires_at > now()
        )
    )
    return found is not None


async def use(session: AsyncSession, token: str) -> Recovery | None:
    """The recovery of a link, locked; once."""
    recovery_id: UUID | None = await session.scalar(
        update(CancelLink)
        .where(CancelLink.token_hash == digest(token), CancelLink.used_at.is_(None), CancelLink.expires_at > now())
        .values(used_at=now())
        .returning(CancelLink.recovery_id)
    )
    if recovery_id is None:
        return None
    found: Recovery | None = await session.scalar(select(Recovery).where(Recovery.id == recovery_id).with_for_update())
    return found
