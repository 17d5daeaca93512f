"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): a hint ends its session, without one the person is asked."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.oauth import cookies
from identity.oauth.hints import hinted
from identity.pages.render import page
from identity.sessions import service as sessions


async def answer(session: AsyncSession, request: Request, values: Mapping[str, str]) -> Response:
    """A GET or POST to the end-session endpoint."""
    hint = await hinted(session, values.get("id_token_hint"))
    if hint is None:
        return await _without_hint(session, request, values)
    await sessions.end(session, hint.session_id, because="logout")
    target = await _target(session, hint.client_id, values)
    response = _to(target, values) if target else page(request, "sign_out.html", done=True)
    if not await _signed_in_otherwise(session, request):
        cookies.drop_session(response)
    return response


async def _signed_in_otherwise(session: AsyncSession, request: Request) -> bool:
    """Whether this browser holds another session that lives: a link with somebody else's hint must not sign its person out."""
    secret = cookies.session_secret(request)
    return secret is not None and await sessions.by_secret(session, secret) is not None


async def _without_hint(session: AsyncSession, request: Request, values: Mapping[str, str]) -> Response:
    secret = cookies.session_secret(request)
    row = await sessions.by_secret(session, secret) if secret else None
    if request.method == "POST" and cookies.same_interaction(request, values.get("confirm")):
        if row is not None:
            await sessions.end(session, row.id, because="logout")
        response: Response = page(request, "sign_out.html", done=True)
        cookies.drop_session(response)
        return response
    confirm = cookies.interaction(request) or cookies.new_interaction()
    response = page(request, "sign_out.html", done=row is None, confirm=confirm)
    cookies.keep_interaction(response, confirm)
    return response


async def _target(session: AsyncSession, client_id: str, values: Mapping[str, str]) -> str | None:
    """The registered address to go back to, exactly as registered; anything else is not followed."""
    client = await clients.find(session, client_id)
    wanted = values.get("post_logout_redirect_uri")
    if client is None or values.get("client_id", client_id) != client_id:
        return None
    return wanted if wanted in client.post_logout_redirect_uris else None


def _to(target: str, values: Mapping[str, str]) -> Response:
    if "state" in values:
        parts = urlsplit(target)
        query = urlencode({"state": values["state"]})
        target = urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
