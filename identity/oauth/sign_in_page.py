"""The authorize endpoint as a browser meets it: the page, the posted passkey, the redirect back."""

from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.locale import locale_of
from identity.api import people
from identity.clients.models import OAuthClient
from identity.credentials import service as credentials
from identity.oauth import authorization, cookies, interaction, pushed
from identity.oauth.errors import OAuthError
from identity.oauth.models import PushedRequest
from identity.pages.render import page
from identity.people.models import PersonState
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession


async def show(session: AsyncSession, request: Request, query: Mapping[str, str]) -> Response:
    """GET: go straight back when the existing sign-in suffices, else show the page."""
    try:
        client, asked = await interaction.asked_of(session, request, query, only_reference=True)
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    signed_in = await interaction.signed_in(session, request)
    if signed_in is not None and authorization.suffices(asked, signed_in):
        return await authorization.finish(session, request, client, asked, signed_in)
    if asked.parameters.get("prompt") == "none":
        return authorization.answered(request, await authorization.refuse(session, asked, "login_required"))
    return await _page(session, request, client, query["request_uri"], asked)


async def submit(session: AsyncSession, request: Request, form: Mapping[str, str]) -> Response:
    """POST: the person cancelled, or answered with a passkey."""
    try:
        client, asked = await interaction.posted(session, request, form)
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    if form.get("action") == "cancel":
        return authorization.answered(request, await authorization.refuse(session, asked, "access_denied"))
    signed_in = await _sign_in(session, request, form)
    if signed_in is None:
        return await _page(session, request, client, form["request_uri"], asked, refused=True)
    row, secret = signed_in
    if authorization.level_suffices(asked, row.acr):
        response = await authorization.finish(session, request, client, asked, row)
    else:
        response = authorization.answered(request, await authorization.refuse(session, asked, "unmet_authentication_requirements"))
    cookies.keep_session(response, secret)
    return response


async def _sign_in(session: AsyncSession, request: Request, form: Mapping[str, str]) -> tuple[SignInSession, str] | None:
    try:
        challenge_id = UUID(form.get("challenge_id", ""))
        answered = orjson.loads(form.get("credential", ""))
        passkey = await credentials.sign_in(session, challenge_id, answered, bound_to=form["interaction"])
    except (ValueError, credentials.PasskeyRefused):
        return None
    card = await people.card(session, passkey.person_id)
    if card.state != PersonState.ACTIVE:
        return None
    device = request.headers.get("user-agent", "")
    return await sessions.start(session, passkey.person_id, acr=card.level, amr=credentials.methods(passkey), device=device)


async def _page(
    session: AsyncSession, request: Request, client: OAuthClient, request_uri: str, asked: PushedRequest, *, refused: bool = False
) -> Response:
    page_id = cookies.interaction(request) or cookies.new_interaction()
    await pushed.opened(session, asked, page_id)
    ask = await credentials.ask_to_sign_in(session, bound_to=page_id)
    target = urlsplit(asked.parameters.get("redirect_uri", ""))
    response = page(
        request,
        "sign_in.html",
        status=403 if refused else 200,
        form_targets=f"{target.scheme}://{target.netloc}" if target.scheme else "",
        client_name=client.name_vi if locale_of(request) == "vi" else client.name_en,
        client_id=client.client_id,
        request_uri=request_uri,
        interaction=page_id,
        challenge_id=str(ask.challenge_id),
        options=orjson.dumps(ask.options).decode(),
        refused=refused,
    )
    cookies.keep_interaction(response, page_id)
    return response
