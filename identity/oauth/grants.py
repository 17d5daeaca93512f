"""Grants and their families of refresh tokens: rotation, reuse, revocation."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.notices import service as notices
from identity.notices.models import NoticeKind
from identity.oauth.errors import GrantBurnt, InvalidGrant
from identity.oauth.models import Grant, PushedRequest, RefreshToken
from identity.oauth.resources import hub_resource
from identity.oauth.wishes import Wishes
from identity.sessions import service as sessions
from identity.sessions.models import RevocationKind, SignInSession

LIFETIME = timedelta(days=365)
REFRESH_LIFETIME = timedelta(days=60)
ROTATE_PAST = 0.7
GRACE = timedelta(seconds=10)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def make(session: AsyncSession, request: PushedRequest, signed_in: SignInSession, wishes: Wishes) -> Grant:
    """What the person allowed in one authorization."""
    grant = Grant(
        client_id=request.client_id,
        person_id=signed_in.person_id,
        session_id=signed_in.id,
        scope=wishes.granted_scope,
        claims=wishes.granted_claims,
        details=wishes.details,
        resource=request.parameters.get("resource", hub_resource()),
        dpop_jkt=request.dpop_jkt,
        acr=signed_in.acr,
        amr=signed_in.amr,
        auth_time=signed_in.auth_time,
        expires_at=now() + LIFETIME,
    )
    session.add(grant)
    await session.flush()
    return grant


async def first_refresh(session: AsyncSession, grant: Grant) -> str:
    return _add(session, grant, predecessor=None)


def _add(session: AsyncSession, grant: Grant, predecessor: bytes | None) -> str:
    token = secrets.token_urlsafe(32)
    moment = now()
    session.add(
        RefreshToken(
            token_hash=_hash(token),
            grant_id=grant.id,
            predecessor=predecessor,
            issued_at=moment,
            expires_at=min(moment + REFRESH_LIFETIME, grant.expires_at),
        )
    )
    return token


async def refresh(session: AsyncSession, client: OAuthClient, token: str, *, jkt: str) -> tuple[Grant, str]:
    """The grant, and the refresh token to go on with (the same one while a bound token is young).

    Raises InvalidGrant; GrantBurnt when a consumed token comes again, which revokes the family, unless it is the direct predecessor within
    10 s with the same DPoP key (a lost answer).
    """
    row = await session.scalar(select(RefreshToken).where(RefreshToken.token_hash == _hash(token)).with_for_update())
    if row is None:
        raise InvalidGrant("the refresh token is unknown")
    grant = await session.get_one(Grant, row.grant_id)
    await _check(session, client, grant, row, jkt)
    if row.consumed_at is not None:
        return grant, await _retried(session, grant, row, jkt)
    if grant.dpop_jkt is not None and _age(row) <= ROTATE_PAST:
        return grant, token
    row.consumed_at = now()
    return grant, _add(session, grant, predecessor=row.token_hash)


async def _check(session: AsyncSession, client: OAuthClient, grant: Grant, row: RefreshToken, jkt: str) -> None:
    if grant.client_id != client.client_id:
        raise InvalidGrant("the refresh token is unknown")
    if grant.revoked_at is not None or row.expires_at <= now():
        raise InvalidGrant("the refresh token is not valid any more")
    if grant.dpop_jkt != jkt:
        raise InvalidGrant("the DPoP key is not the one the token is bound to")
    if not await sessions.alive(session, grant.session_id):
        raise InvalidGrant("the sign-in has ended")


def _age(row: RefreshToken) -> float:
    return (now() - row.issued_at) / (row.expires_at - row.issued_at)


async def _retried(session: AsyncSession, grant: Grant, row: RefreshToken, jkt: str | None) -> str:
    fresh = row.consumed_at is not None and now() - row.consumed_at <= GRACE
    # Held: the successor may be rotated at this very moment, and the family must not grow a second branch.
    heirs = select(RefreshToken).where(RefreshToken.predecessor == row.token_hash).with_for_update()
    successors = (await session.scalars(heirs)).all()
    if fresh and jkt is not None and len(successors) == 1 and successors[0].consumed_at is None:
        successors[0].consumed_at = now()
        return _add(session, grant, predecessor=successors[0].token_hash)
    await revoke(session, grant.id, because="refresh_reuse")
    await notices.tell(session, grant.person_id, NoticeKind.TOKEN_REUSED)
    raise GrantBurnt("the refresh token was used before")


async def revoke(session: AsyncSession, grant_id: UUID, *, because: str) -> None:
    """Kill a family: its refresh tokens at once, its access tokens as soon as every process has read the revocation."""
    changed = await session.scalar(
        update(Grant)
        .where(Grant.id == grant_id, Grant.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_because=because)
        .returning(Grant.id)
    )
    if changed is not None:
        sessions.revoke(session, RevocationKind.GRANT, str(grant_id))


async def alive(session: AsyncSession, grant_id: UUID) -> bool:
    found = await session.scalar(select(Grant.id).where(Grant.id == grant_id, Grant.revoked_at.is_(None)))
    return found is not None


async def by_refresh_token(session: AsyncSession, client: OAuthClient, token: str) -> Grant | None:
    """The grant of this client's refresh token, for revocation (RFC 7009)."""
    found: Grant | None = await session.scalar(
        select(Grant)
        .join(RefreshToken, RefreshToken.grant_id == Grant.id)
        .where(RefreshToken.token_hash == _hash(token), Grant.client_id == client.client_id)
    )
    return found


async def living(session: AsyncSession, client: OAuthClient, token: str) -> Grant | None:
    """The grant of a refresh token that could be used now, for introspection."""
    found: Grant | None = await session.scalar(
        select(Grant)
        .join(RefreshToken, RefreshToken.grant_id == Grant.id)
        .where(
            RefreshToken.token_hash == _hash(token),
            RefreshToken.consumed_at.is_(None),
            RefreshToken.expires_at > now(),
            Grant.client_id == client.client_id,
            Grant.revoked_at.is_(None),
        )
    )
    return found if found is not None and await sessions.alive(session, found.session_id) else None
