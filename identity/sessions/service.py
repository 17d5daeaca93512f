"""Starts, finds and ends sign-in sessions; ending one kills every token that hangs on it."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.events import SessionEnded, SignedIn
from identity.sessions.models import Revocation, RevocationKind, SignInSession
from kernel.events import emit

LIFETIME = timedelta(days=30)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def start(
    session: AsyncSession,
    person_id: UUID,
    *,
    acr: int,
    amr: Sequence[str],
    device: str,
    network: str | None = None,
    place: str | None = None,
) -> tuple[SignInSession, str]:
    """A new session and its secret, which only the browser's cookie holds; a sign-in never reuses an old one (fixation).

    `network` is the /24 or /48 it comes from (`kernel.http.address.network_of`), `place` what a locator makes of it. Emits SignedIn.
    """
    secret = secrets.token_urlsafe(32)
    row = SignInSession(
        person_id=person_id,
        secret_hash=_hash(secret),
        acr=acr,
        amr=list(amr),
        device=device[:200],
        network=network,
        place=place,
        auth_time=now(),
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    await emit(session, SignedIn(person_id, row.id))
    return row, secret


async def renew(session: AsyncSession, row: SignInSession, *, acr: int, amr: Sequence[str]) -> str:
    """The same person proved themselves again in this session (step-up): a new secret, and the old cookie is worth nothing."""
    secret = secrets.token_urlsafe(32)
    row.secret_hash, row.auth_time = _hash(secret), now()
    row.acr, row.amr = acr, list(amr)
    row.expires_at = now() + LIFETIME
    await session.flush()
    await emit(session, SignedIn(row.person_id, row.id))
    return secret


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


async def end(session: AsyncSession, session_id: UUID, *, because: str) -> bool:
    """End one session; False when it was ended before. `because` is a short word for the person's list and the audit trail."""
    return await _end(session, SignInSession.id == session_id, because) > 0


async def end_all(session: AsyncSession, person_id: UUID, *, because: str, keep: UUID | None = None) -> int:
    """End every session of a person but `keep`; how many. Their refresh families end with them, for a refresh asks for its session."""
    chosen = SignInSession.person_id == person_id
    return await _end(session, chosen if keep is None else chosen & (SignInSession.id != keep), because)


async def end_of_device(session: AsyncSession, device_id: UUID, *, because: str) -> int:
    """End every session that hangs on a device; how many."""
    return await _end(session, SignInSession.device_id == device_id, because)


async def _end(session: AsyncSession, chosen: ColumnElement[bool], because: str) -> int:
    ended = await session.execute(
        update(SignInSession)
        .where(chosen, SignInSession.ended_at.is_(None))
        .values(ended_at=now(), ended_because=because[:40])
        .returning(SignInSession.id, SignInSession.person_id)
    )
    rows = ended.all()
    for row in rows:
        revoke(session, RevocationKind.SESSION, str(row.id))
        await emit(session, SessionEnded(person_id=row.person_id, session_id=row.id))
    return len(rows)


def revoke(session: AsyncSession, kind: RevocationKind, subject: str) -> None:
    session.add(Revocation(kind=kind, subject=subject, at=now()))
