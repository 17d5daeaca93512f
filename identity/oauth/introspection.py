"""Introspection (RFC 7662) and revocation (RFC 7009): what a token means to those it was made for, and ending it."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth import grants, resources
from identity.oauth.verification import Inspected, inspect_quietly
from identity.sessions import service as sessions
from identity.sessions.models import RevocationKind
from kernel.settings import settings

INACTIVE: Final[dict[str, Any]] = {"active": False}
TOLD: Final = (
    "iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "acr", "auth_time", "cnf", "act", "act_for", "authorization_details",
)  # fmt: skip


async def introspect(session: AsyncSession, client: OAuthClient, token: str) -> dict[str, Any]:
    """What the token means now. One that is not this client's, nor for a resource of it, is as inactive as one that never was."""
    found = await inspect_quietly(session, token)
    if found is None:
        return await _refresh(session, client, token)
    if not await _concerns(session, client, found):
        return INACTIVE
    return {"active": True, "token_type": "DPoP"} | {name: found.claims[name] for name in TOLD if name in found.claims}


async def _concerns(session: AsyncSession, client: OAuthClient, found: Inspected) -> bool:
    caller = found.verified.caller
    if client.client_id in {caller.client_id, caller.audience}:
        return True
    return caller.audience in await resources.owned(session, client.client_id)


async def _refresh(session: AsyncSession, client: OAuthClient, token: str) -> dict[str, Any]:
    grant = await grants.living(session, client, token)
    if grant is None:
        return INACTIVE
    return {
        "active": True,
        "iss": settings().public_url,
        "client_id": client.client_id,
        "scope": grant.scope,
        "exp": int(grant.expires_at.timestamp()),
        "iat": int(grant.created_at.timestamp()),
    }


async def revoke(session: AsyncSession, client: OAuthClient, token: str) -> None:
    """End this client's refresh token with everything of its grant, or one access token. What is not its own is left alone, silently."""
    grant = await grants.by_refresh_token(session, client, token)
    if grant is not None:
        await grants.revoke(session, grant.id, because="client")
        return
    found = await inspect_quietly(session, token)
    if found is not None and found.verified.caller.client_id == client.client_id and found.verified.expires_at > now():
        sessions.revoke(session, RevocationKind.TOKEN, str(found.claims.get("jti")))
