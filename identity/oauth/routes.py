"""The OAuth and OpenID Connect endpoints, thin."""

from typing import Any

import orjson
from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth import dpop, grants, logout, metadata, pushed, sign_in_page, token, userinfo
from identity.oauth.client_authentication import authenticate
from identity.oauth.described import ERRORS, PAGES, form
from identity.oauth.forms import form_of, query_of
from identity.oauth.schemas import PushedOut, TokenOut
from identity.pages.render import STATIC
from kernel.access import CallerDep, Person
from kernel.limits import TooMany, open_door

router = Router(tags=["oauth"])
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
ASSETS = {"passkey.js": "text/javascript", "screens.css": "text/css"}


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
    given = await form_of(request)
    client = await authenticate(session, given)
    proof = await token.proof_of(session, request)
    reference = await pushed.push(session, client, given, dpop_jkt=proof.jkt if proof else None)
    return _json({"request_uri": reference, "expires_in": int(pushed.LIFETIME.total_seconds())}, 201)


@router.get("/oauth/authorize", audience=Anyone(), problems=[TooMany], responses=PAGES, dependencies=[Depends(open_door)])
async def authorize(request: Request, session: Session) -> Response:
    """The screen a person signs in on, opened in the system browser."""
    return await sign_in_page.show(session, request, query_of(request))


@router.post("/oauth/authorize", audience=Anyone(), responses=PAGES, openapi_extra=form("client_id", "request_uri", "interaction"))
async def authorize_submit(request: Request, session: Session) -> Response:
    """What the screen posts: the person's passkey, or that they cancelled."""
    return await sign_in_page.submit(session, request, await form_of(request))


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
    """Redeem a code, refresh, or get a client's own token."""
    body = await token.answer(session, request, await form_of(request))
    return _json(body, headers=NO_STORE | {"DPoP-Nonce": dpop.nonce()})


@router.post("/oauth/revoke", audience=Anyone(), responses=ERRORS, openapi_extra=form("client_id", "token"))
async def revoke_token(request: Request, session: Session) -> Response:
    """Revoke a refresh token and everything that came of its grant (RFC 7009); an unknown token is answered alike."""
    given = await form_of(request)
    client = await authenticate(session, given)
    grant = await grants.by_refresh_token(session, client, given.get("token", ""))
    if grant is not None:
        await grants.revoke(session, grant.id, because="client")
    return Response(status_code=200, headers=NO_STORE)


@router.get("/oauth/userinfo", audience=Person(scope="openid"))
@router.post("/oauth/userinfo", audience=Person(scope="openid"), name="read_userinfo_by_post")
async def read_userinfo(session: Session, caller: CallerDep) -> Response:
    """Claims about the person who signed in, by the granted scopes."""
    return _json(await userinfo.claims(session, caller))


@router.get("/oauth/logout", audience=Anyone(), responses=PAGES)
async def end_session(request: Request, session: Session) -> Response:
    """RP-initiated logout."""
    return await logout.answer(session, request, query_of(request))


@router.post("/oauth/logout", audience=Anyone(), responses=PAGES, openapi_extra=form("id_token_hint", "confirm"))
async def end_session_submit(request: Request, session: Session) -> Response:
    """RP-initiated logout by a form, and the answer of the person who was asked."""
    return await logout.answer(session, request, await form_of(request))


@router.get("/oauth/assets/{name}", audience=Anyone(), include_in_schema=False)
async def asset(name: str) -> Response:
    """The style and script of the screens, from our own origin."""
    if name not in ASSETS:
        raise NotFound
    return FileResponse(STATIC / name, media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})
