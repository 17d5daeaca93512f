"""The OAuth and OpenID Connect endpoints that machines call, thin."""

from typing import Any

import orjson
from fastapi import Depends, Request, Response

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.routing import Router
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth import device_grant, dpop, introspection, metadata, pushed, token, userinfo
from identity.oauth.described import ERRORS, form
from identity.oauth.endpoints import admitted
from identity.oauth.schemas import DeviceOut, IntrospectionOut, PushedOut, TokenOut
from kernel.access import CallerDep, Person
from kernel.limits import TooMany, open_door

router = Router(tags=["oauth"])
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status_code=status, headers=headers or NO_STORE, media_type="application/json")


@router.get("/.well-known/openid-configuration", audience=Anyone())
@router.get("/.well-known/oauth-authorization-server", audience=Anyone(), include_in_schema=False)
async def discovery() -> Response:
    """Where everything is, and what is supported."""
    return _json(metadata.document(), headers={"Cache-Control": "public, max-age=300"})


@router.get("/oauth/jwks", audience=Anyone())
async def jwks(session: Session) -> Response:
    """The keys that verify access and ID tokens."""
    await keys.ring(session, KeyPurpose.OAUTH)
    return _json(await keys.public_set(session, KeyPurpose.OAUTH), headers={"Cache-Control": "public, max-age=60"})


@router.get("/oauth/miniapp-jwks", audience=Anyone())
async def miniapp_jwks(session: Session) -> Response:
    """The keys that verify launch tokens, HS-Assertions and webhooks."""
    await keys.ring(session, KeyPurpose.MINIAPP)
    return _json(await keys.public_set(session, KeyPurpose.MINIAPP), headers={"Cache-Control": "public, max-age=60"})


@router.post(
    "/oauth/par",
    audience=Anyone(),
    status_code=201,
    response_model=PushedOut,
    problems=[TooMany],
    responses=ERRORS,
    dependencies=[Depends(open_door)],
    openapi_extra=form("client_id", "response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"),
)
async def push_authorization_request(request: Request, session: Session) -> Response:
    """Push an authorization request (RFC 9126)."""
    asked = await admitted(session, request, "par")
    reference = await pushed.push(session, asked.client, asked.form, dpop_jkt=asked.jkt)
    return _json({"request_uri": reference, "expires_in": int(pushed.LIFETIME.total_seconds())}, 201)


@router.post(
    "/oauth/token",
    audience=Anyone(),
    response_model=TokenOut,
    problems=[TooMany],
    responses=ERRORS,
    dependencies=[Depends(open_door)],
    openapi_extra=form("grant_type", "client_id", "code"),
)
async def issue_token(request: Request, session: Session) -> Response:
    """Redeem a code or a device code, refresh, exchange, or get a client's own token."""
    body = await token.answer(session, request)
    return _json(body, headers=NO_STORE | {"DPoP-Nonce": dpop.nonce()})


@router.post("/oauth/revoke", audience=Anyone(), responses=ERRORS, openapi_extra=form("client_id", "token"))
async def revoke_token(request: Request, session: Session) -> Response:
    """Revoke a refresh token with everything of its grant, or an access token (RFC 7009); an unknown token is answered alike."""
    asked = await admitted(session, request, "revoke")
    await introspection.revoke(session, asked.client, asked.form.get("token", ""))
    return Response(status_code=200, headers=NO_STORE)


@router.post(
    "/oauth/introspect", audience=Anyone(), response_model=IntrospectionOut, responses=ERRORS, openapi_extra=form("client_id", "token")
)
async def introspect_token(request: Request, session: Session) -> Response:
    """What a token means now, for the client or API it was made for (RFC 7662)."""
    asked = await admitted(session, request, "introspect")
    return _json(await introspection.introspect(session, asked.client, asked.form.get("token", "")))


@router.post(
    "/oauth/device_authorization",
    audience=Anyone(),
    response_model=DeviceOut,
    problems=[TooMany],
    responses=ERRORS,
    dependencies=[Depends(open_door)],
    openapi_extra=form("client_id", "scope"),
)
async def authorize_device(request: Request, session: Session) -> Response:
    """Begin signing in on a device without a browser (RFC 8628)."""
    return _json(await device_grant.start(session, await admitted(session, request, "device_authorization")))


@router.get("/oauth/userinfo", audience=Person(scope="openid"))
@router.post("/oauth/userinfo", audience=Person(scope="openid"), name="read_userinfo_by_post")
async def read_userinfo(session: Session, caller: CallerDep) -> Response:
    """Claims about the person who signed in, by the granted scopes."""
    return _json(await userinfo.claims(session, caller))
