"""The authorize endpoint as a browser meets it: the page, what it posts, the redirect back."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import orjson
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import OAuthClient
from identity.credentials import service as credentials
from identity.locks import service as locks
from identity.oauth import authorization, cookies, interaction, pushed
from identity.oauth.errors import OAuthError
from identity.oauth.models import PushedRequest
from identity.pages.render import chosen_locale, page
from identity.sessions.models import SignInSession
from identity.sign_in import screen
from identity.sign_in.screen import Screen
from identity.test_citizens import service as test_citizens


async def show(session: AsyncSession, request: Request, query: Mapping[str, str]) -> Response:
    """GET: go straight on when the existing sign-in suffices, else show the page."""
    try:
        client, asked = await interaction.asked_of(session, request, query, only_reference=True)
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    signed_in = await interaction.signed_in(session, request)
    if signed_in is not None and await authorization.suffices(session, asked, signed_in):
        return await _go_on(session, request, client, query["request_uri"], asked, signed_in)
    if asked.parameters.get("prompt") == "none":
        return authorization.answered(request, await authorization.refuse(session, asked, "login_required"))
    return await _page(session, request, client, query["request_uri"], asked)


async def submit(session: AsyncSession, request: Request, form: Mapping[str, str]) -> Response:
    """POST: a button of the page was pressed; where it signs the person in, the client's request goes on."""
    try:
        client, asked = await interaction.posted(session, request, form)
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    if form.get("action") == "cancel":
        return authorization.answered(request, await authorization.refuse(session, asked, "access_denied"))
    outcome = await screen.answer(session, request, form, client_id=client.client_id)
    if isinstance(outcome, Screen):
        return await _page(session, request, client, form["request_uri"], asked, outcome)
    row, secret = outcome
    if await authorization.suffices(session, asked, row):
        response = await _go_on(session, request, client, form["request_uri"], asked, row)
    else:
        response = authorization.answered(request, await authorization.refuse(session, asked, "unmet_authentication_requirements"))
    cookies.keep_session(response, secret)
    return response


async def _go_on(
    session: AsyncSession, request: Request, client: OAuthClient, request_uri: str, asked: PushedRequest, row: SignInSession
) -> Response:
    """Whoever it is, they are signed in here: on to the client, unless their own lock stands against it."""
    if not await locks.closed_to(session, row.person_id, client):
        return await authorization.finish(session, request, client, asked, row)
    if asked.parameters.get("prompt") == "none":
        return authorization.answered(request, await authorization.refuse(session, asked, "access_denied"))
    return await _page(session, request, client, request_uri, asked, Screen("locked", status=403))


async def _page(
    session: AsyncSession, request: Request, client: OAuthClient, request_uri: str, asked: PushedRequest, look: Screen | None = None
) -> Response:
    look = look or Screen()
    page_id = cookies.interaction(request) or cookies.new_interaction()
    await pushed.opened(session, asked, page_id)
    ask = await credentials.ask_to_sign_in(session, bound_to=page_id)
    target = urlsplit(asked.parameters.get("redirect_uri", ""))
    locale = chosen_locale(request, asked.parameters.get("ui_locales"))
    response = page(
        request,
        "sign_in.html",
        status=look.status,
        locale=locale,
        form_targets=f"{target.scheme}://{target.netloc}" if target.scheme else "",
        switch={"client_id": client.client_id, "request_uri": request_uri},
        client_name=client.name_vi if locale == "vi" else client.name_en,
        client_id=client.client_id,
        request_uri=request_uri,
        interaction=page_id,
        challenge_id=str(ask.challenge_id),
        options=orjson.dumps(ask.options).decode(),
        way=look.way,
        test_citizens=test_citizens.allowed(),
        alert=look.alert,
        **({"waiting": "", "reference": "", "number": 0, "qr": ""} | look.shown),
    )
    cookies.keep_interaction(response, page_id)
    return response
