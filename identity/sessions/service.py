"""Starts, finds and ends sign-in sessions; ending one kills every token that hangs on it."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.events import SessionEnded
from identity.sessions.models import Revocation, RevocationKind, SignInSession
from kernel.events import emit

LIFETIME = timedelta(days=30)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def start(session: AsyncSession, person_id: UUID, *, acr: int, amr: Sequence[str], device: str) -> tuple[SignInSession, str]:
    """A new session and its secret, which only the browser's cookie holds; a sign-in never reuses an old one (fixation)."""
    secret = secrets.token_urlsafe(32)
    row = SignInSession(
        person_id=person_id,
        secret_hash=_hash(secret),
        acr=acr,
        amr=list(amr),
        device=device[:200],
        auth_time=now(),
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    return row, secret


async def by_secret(session: AsyncSession, secret: str) -> SignInSession | None:
    """The live session of a cookie, or None."""
    found: SignInSession | None = await session.scalar(
        select(SignInSession).where(
            SignInSession.secret_hash == _hash(secret), SignInSession.ended_at.is_(None), SignInSession.expires_at > now()
        )
    )
    return found


async def alive(session: AsyncSession, session_id: UUID) -> bool:
    found = await session.scalar(
        select(SignInSession.id).where(SignInSession.id == session_id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now())
    )
    return found is not None


async def end(session: AsyncSession, session_id: UUID) -> bool:
    """End one session; False when it was ended before."""
    ended = await session.scalar(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now())
        .returning(SignInSession.person_id)
    )
    if ended is None:
        return False
    revoke(session, RevocationKind.SESSION, str(session_id))
    await emit(session, SessionEnded(person_id=ended, session_id=session_id))
    return True


def revoke(session: AsyncSession, kind: RevocationKind, subject: str) -> None:
    session.add(Revocation(kind=kind, subject=subject, at=now()))
