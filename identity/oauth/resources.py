"""What access tokens are for (RFC 8707): the hub's own API, and the registered APIs of others."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import ClientState, OAuthClient, ProtectedResource
from identity.oauth.errors import InvalidTarget
from kernel.settings import settings


def hub_resource() -> str:
    """The `aud` of tokens for the hub's API."""
    return f"{settings().public_url}/v1"


async def known(session: AsyncSession, resource: str) -> ProtectedResource | None:
    """The registered resource, None for the hub's own. Raises InvalidTarget for what nobody registered, or whose owner is suspended."""
    if resource == hub_resource():
        return None
    found = await session.scalar(
        select(ProtectedResource)
        .join(OAuthClient, OAuthClient.client_id == ProtectedResource.client_id)
        .where(ProtectedResource.resource == resource, OAuthClient.state == ClientState.ACTIVE)
    )
    if found is None:
        raise InvalidTarget("the resource is unknown")
    return found


async def owned(session: AsyncSession, client_id: str) -> frozenset[str]:
    """The resources a client answers for."""
    return frozenset(await session.scalars(select(ProtectedResource.resource).where(ProtectedResource.client_id == client_id)))


async def sector_of(session: AsyncSession, resource: str) -> str | None:
    """The sector people are known by at a registered resource; None at the hub's own."""
    found: str | None = await session.scalar(
        select(OAuthClient.sector)
        .join(ProtectedResource, ProtectedResource.client_id == OAuthClient.client_id)
        .where(ProtectedResource.resource == resource)
    )
    return found


def scopes_at(resource: ProtectedResource | None, scopes: str, others: frozenset[str] = frozenset()) -> str:
    """Of granted scopes those that mean something at a resource, so that no API learns what a person allowed at another.

    `others`: scopes that belong to registered resources and so mean nothing at the hub.
    """
    held = scopes.split()
    return " ".join(scope for scope in held if (scope in resource.scopes if resource else scope not in others))


async def foreign_scopes(session: AsyncSession, scopes: str) -> frozenset[str]:
    """Which of the scopes belong to a registered resource. `openid` and the standard scopes never do."""
    rows = await session.scalars(select(ProtectedResource.scopes).where(ProtectedResource.scopes.has_any(array(scopes.split()))))
    return frozenset(scope for held in rows for scope in held)
