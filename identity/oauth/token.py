"""The token endpoint: one function per grant type, each verifying before it issues, all in the request's transaction."""

from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from identity.devices import service as devices
from identity.locks import service as locks
from identity.oauth import aiming, codes, device_grant, exchange, grants, tokens
from identity.oauth.endpoints import DEVICE_CODE, TOKEN_EXCHANGE, Admitted, admitted
from identity.oauth.errors import GrantBurnt, InvalidScope, InvalidTarget
from identity.oauth.models import Grant
from identity.oauth.resources import hub_resource
from identity.sessions import service as sessions
from identity.step_up import service as step_up


async def answer(session: AsyncSession, request: Request) -> dict[str, Any]:
    """The token response. Raises OAuthError subclasses."""
    asked = await admitted(session, request, "token")
    match asked.form["grant_type"]:
        case "authorization_code":
            grant, nonce = await codes.redeem(session, asked.client, asked.form, jkt=asked.bound)
            return await _first(session, asked, grant, nonce)
        case "refresh_token":
            return await _refresh_token(session, asked)
        case grant_type if grant_type == DEVICE_CODE:
            return await _first(session, asked, await device_grant.redeem(session, asked), None)
        case grant_type if grant_type == TOKEN_EXCHANGE:
            return await exchange.answer(session, asked, request.scope["runtime"].parts.get("app_audiences"))
        case _:
            return await _client_credentials(session, asked)


async def _first(session: AsyncSession, asked: Admitted, grant: Grant, nonce: str | None) -> dict[str, Any]:
    """The first tokens of a grant; the sign-in hangs on the device whose key they are bound to. Raises GrantBurnt."""
    await _still_stands(session, asked, grant)
    await devices.seen(session, grant.person_id, grant.session_id, asked.bound)
    aim = await aiming.aimed(session, asked.client, grant, resource=asked.form.get("resource"), scope=None)
    issued = await tokens.access_token(session, asked.client, grant, aim)
    return (
        response(issued, aim.scope)
        | _details(grant)
        | {
            "refresh_token": await grants.first_refresh(session, grant),
            "id_token": await tokens.id_token(
                session, asked.client, grant, nonce=nonce, sub=issued.sub if aim.sector == asked.client.sector else None
            ),
        }
    )


async def _still_stands(session: AsyncSession, asked: Admitted, grant: Grant) -> None:
    """Between the person's yes and this request their sign-in may have ended, or their lock fallen: the code is worth nothing then."""
    if not await sessions.alive(session, grant.session_id):
        raise GrantBurnt("the sign-in has ended")
    if await locks.closed_to(session, grant.person_id, asked.client, but=grant.id):
        raise GrantBurnt("the person has locked their identity")
    if grant.details and await step_up.held_back(session, grant.person_id):
        raise GrantBurnt("nothing is paid or signed for this person now")


async def _refresh_token(session: AsyncSession, asked: Admitted) -> dict[str, Any]:
    grant, token = await grants.refresh(session, asked.client, asked.form.get("refresh_token", ""), jkt=asked.bound)
    aim = await aiming.aimed(session, asked.client, grant, resource=asked.form.get("resource"), scope=asked.form.get("scope"))
    issued = await tokens.access_token(session, asked.client, grant, aim)
    return response(issued, aim.scope) | _details(grant) | {"refresh_token": token}


async def _client_credentials(session: AsyncSession, asked: Admitted) -> dict[str, Any]:
    client = asked.client
    if asked.form.get("resource", hub_resource()) != hub_resource():
        raise InvalidTarget("the resource is unknown")
    scope = asked.form.get("scope") or " ".join(client.scopes)
    if not set(scope.split()) <= set(client.scopes):
        raise InvalidScope("the scope is not registered for this client")
    return response(await tokens.client_token(session, client, scope=scope, resource=hub_resource(), jkt=asked.bound), scope)


def response(issued: tokens.Issued, scope: str) -> dict[str, Any]:
    """What every grant type answers; every token here is bound to its key."""
    return {"access_token": issued.token, "token_type": "DPoP", "expires_in": issued.expires_in, "scope": scope}


def _details(grant: Grant) -> dict[str, Any]:
    return {"authorization_details": grant.details} if grant.details else {}
