"""The token endpoint: one function per grant type, each verifying before it issues, all in the request's transaction."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import ClientKind, OAuthClient
from identity.oauth import codes, dpop, grants, tokens
from identity.oauth.authenticator import public_url_of, spend_proof
from identity.oauth.client_authentication import authenticate
from identity.oauth.errors import (
    InvalidDpopProof,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedGrantType,
    UseDpopNonce,
)
from identity.oauth.resources import hub_resource


async def proof_of(session: AsyncSession, request: Request) -> dpop.Proof | None:
    """The request's DPoP proof, spent. Raises InvalidDpopProof or UseDpopNonce."""
    raw = request.headers.getlist("dpop")
    if not raw:
        return None
    if len(raw) > 1:
        raise InvalidDpopProof("there is more than one proof")
    try:
        proof = dpop.verify(raw[0], method=request.method, url=public_url_of(request))
    except dpop.ProofRefused as refused:
        if refused.nonce:
            raise UseDpopNonce(str(refused), headers={"DPoP-Nonce": dpop.nonce()}) from refused
        raise InvalidDpopProof(str(refused)) from refused
    if not await spend_proof(session, proof):
        raise InvalidDpopProof("the proof was used before")
    return proof


async def answer(session: AsyncSession, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    """The token response. Raises OAuthError subclasses."""
    client = await authenticate(session, form)
    proof = await proof_of(session, request)
    jkt = proof.jkt if proof else None
    match form.get("grant_type"):
        case "authorization_code":
            return await _authorization_code(session, client, form, jkt)
        case "refresh_token":
            return await _refresh_token(session, client, form, jkt)
        case "client_credentials":
            return await _client_credentials(session, client, form, jkt)
        case None:
            raise InvalidRequest("grant_type is missing")
        case _:
            raise UnsupportedGrantType("authorization_code, refresh_token and client_credentials are supported")


async def _authorization_code(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], jkt: str | None) -> dict[str, Any]:
    if jkt is None:
        raise InvalidDpopProof("a DPoP proof is required")
    grant, nonce = await codes.redeem(session, client, form, jkt=jkt)
    issued = await tokens.access_token(session, client, grant)
    return _response(issued, grant.scope, jkt) | {
        "refresh_token": await grants.first_refresh(session, grant),
        "id_token": await tokens.id_token(session, client, grant, nonce=nonce),
    }


async def _refresh_token(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], jkt: str | None) -> dict[str, Any]:
    scope = form.get("scope")
    if form.get("resource", hub_resource()) != hub_resource():
        raise InvalidTarget("the resource is unknown")
    grant, token = await grants.refresh(session, client, form.get("refresh_token", ""), jkt=jkt, scope=scope)
    issued = await tokens.access_token(session, client, grant, scope=scope)
    return _response(issued, scope or grant.scope, grant.dpop_jkt) | {"refresh_token": token}


async def _client_credentials(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], jkt: str | None) -> dict[str, Any]:
    if client.kind is ClientKind.PUBLIC:
        raise UnauthorizedClient("public clients have no account of their own")
    if jkt is None:
        raise InvalidDpopProof("a DPoP proof is required")
    if form.get("resource", hub_resource()) != hub_resource():
        raise InvalidTarget("the resource is unknown")
    scope = form.get("scope") or " ".join(client.scopes)
    if not set(scope.split()) <= set(client.scopes):
        raise InvalidScope("the scope is not registered for this client")
    issued = await tokens.client_token(session, client, scope=scope, resource=hub_resource(), jkt=jkt)
    return _response(issued, scope, jkt)


def _response(issued: tokens.Issued, scope: str, jkt: str | None) -> dict[str, Any]:
    return {
        "access_token": issued.token,
        "token_type": "DPoP" if jkt else "Bearer",
        "expires_in": issued.expires_in,
        "scope": scope,
    }
