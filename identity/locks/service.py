"""Locking and unlocking one's own identity."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from identity.clients.models import OAuthClient
from identity.events import IdentityLocked, IdentityUnlocked
from identity.locks.models import IdentityLock
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.oauth.models import Grant
from identity.sessions import service as sessions
from kernel.audit import record
from kernel.events import emit


async def is_locked(session: AsyncSession, person_id: UUID) -> bool:
    """Whether the person's own lock stands: nothing new may then be signed in to, consented to, paid or signed."""
    found = await session.scalar(select(IdentityLock.id).where(IdentityLock.person_id == person_id, IdentityLock.unlocked_at.is_(None)))
    return found is not None


async def closed_to(session: AsyncSession, person_id: UUID, client: OAuthClient, *, but: UUID | None = None) -> bool:
    """Whether the lock keeps the person out of this client: one that is not ours and that they have not used before.

    `but`: the grant that asks, which is no use before it.
    """
    if client.first_party or not await is_locked(session, person_id):
        return False
    used = select(Grant.id).where(Grant.person_id == person_id, Grant.client_id == client.client_id, Grant.revoked_at.is_(None))
    used = used if but is None else used.where(Grant.id != but)
    return await session.scalar(used.limit(1)) is None


async def lock(session: AsyncSession, person_id: UUID, *, keep: UUID | None) -> None:
    """Lock, end every session but `keep`, and tell the person by every channel; a second lock changes nothing."""
    row = insert(IdentityLock).values(id=new_id(), person_id=person_id, locked_at=now())
    locked = await session.scalar(row.on_conflict_do_nothing().returning(IdentityLock.id))
    if locked is None:
        return
    await sessions.end_all(session, person_id, because="identity_lock", keep=keep)
    await record(session, actor=f"person:{person_id}", action="identity.locked", subject=f"person:{person_id}")
    await notices.tell(session, person_id, NoticeKind.IDENTITY_LOCKED)
    await emit(session, IdentityLocked(person_id))


async def unlock(session: AsyncSession, person_id: UUID, *, because: str) -> bool:
    """Unlock; False when no lock stood. `because` says who proved what (`step_up`, `recovery`)."""
    unlocked = await session.scalar(
        update(IdentityLock)
        .where(IdentityLock.person_id == person_id, IdentityLock.unlocked_at.is_(None))
        .values(unlocked_at=now())
        .returning(IdentityLock.id)
    )
    if unlocked is None:
        return False
    await record(
        session, actor=f"person:{person_id}", action="identity.unlocked", subject=f"person:{person_id}", facts={"because": because}
    )
    await notices.tell(session, person_id, NoticeKind.IDENTITY_UNLOCKED)
    await emit(session, IdentityUnlocked(person_id))
    return True
