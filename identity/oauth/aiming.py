"""Decides what a person's token is for: which resource, and which of the granted scopes mean something there (RFC 8707)."""

from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import OAuthClient
from identity.oauth import resources
from identity.oauth.claims import SCOPES
from identity.oauth.errors import InvalidScope, InvalidTarget
from identity.oauth.models import Grant
from identity.oauth.resources import hub_resource
from identity.oauth.tokens import Aim


async def aimed(session: AsyncSession, client: OAuthClient, grant: Grant, *, resource: str | None, scope: str | None) -> Aim:
    """The aim of a grant's token: the resource of the grant, or the hub's own where that is asked for.

    Raises InvalidTarget for another resource, InvalidScope for more than was granted.
    """
    target = resource or grant.resource
    if target not in {grant.resource, hub_resource()}:
        raise InvalidTarget("the resource is not the one of the grant")
    if scope is not None and not set(scope.split()) <= set(grant.scope.split()):
        raise InvalidScope("the scope is wider than what was granted")
    wanted = grant.scope if scope is None else scope
    if target == hub_resource():
        return Aim(target, await _at_hub(session, wanted), client.sector)
    known = await resources.known(session, target)
    sector = await resources.sector_of(session, target)
    if known is None or sector is None:
        raise InvalidTarget("the resource is unknown")
    return Aim(target, resources.scopes_at(known, wanted), sector)


async def _at_hub(session: AsyncSession, scope: str) -> str:
    if set(scope.split()) <= SCOPES.keys():
        return scope
    return resources.scopes_at(None, scope, await resources.foreign_scopes(session, scope))
