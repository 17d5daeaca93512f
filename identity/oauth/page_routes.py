"""The OAuth endpoints a browser shows: sign-in, agreement, a device's code, sign-out."""

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.errors import NotFound
from hanoismart.server.routing import Router
from identity.oauth import consenting, device_page, logout, sign_in_page
from identity.oauth.described import PAGES, form
from identity.oauth.forms import form_of, query_of
from identity.pages.render import STATIC
from kernel.limits import TooMany, open_door

router = Router(tags=["oauth"])
SCRIPTS = ("passkey.js", "form_post.js", "wait.js", "enrol.js")
ASSETS = dict.fromkeys(SCRIPTS, "text/javascript") | {"screens.css": "text/css"}


@router.get("/oauth/authorize", audience=Anyone(), problems=[TooMany], responses=PAGES, dependencies=[Depends(open_door)])
async def authorize(request: Request, session: Session) -> Response:
    """The screen a person signs in on, opened in the system browser."""
    return await sign_in_page.show(session, request, query_of(request))


@router.post(
    "/oauth/authorize",
    audience=Anyone(),
    problems=[TooMany],
    responses=PAGES,
    dependencies=[Depends(open_door)],
    openapi_extra=form("client_id", "request_uri", "interaction"),
)
async def authorize_submit(request: Request, session: Session) -> Response:
    """What the screen posts: the person's passkey, or that they cancelled."""
    return await sign_in_page.submit(session, request, await form_of(request))


@router.post("/oauth/consent", audience=Anyone(), responses=PAGES, openapi_extra=form("client_id", "request_uri", "interaction", "action"))
async def consent_submit(request: Request, session: Session) -> Response:
    """What the screen of agreement posts."""
    return await consenting.submit(session, request, await form_of(request))


@router.get("/oauth/device", audience=Anyone(), problems=[TooMany], responses=PAGES, dependencies=[Depends(open_door)])
async def show_device(request: Request) -> Response:
    """The screen a person types a device's code on."""
    return device_page.show(request, query_of(request))


@router.post(
    "/oauth/device",
    audience=Anyone(),
    problems=[TooMany],
    responses=PAGES,
    dependencies=[Depends(open_door)],
    openapi_extra=form("user_code", "interaction"),
)
async def submit_device(request: Request, session: Session) -> Response:
    """The code the person typed."""
    return await device_page.submit(session, request, await form_of(request))


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
