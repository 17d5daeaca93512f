"""The authorize endpoint as a browser meets it: the page, the posted passkey, the redirect back."""

from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.locale import locale_of
from identity.api import people
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.credentials import service as credentials
from identity.oauth import authorization, cookies, pushed
from identity.oauth.errors import InvalidRequest, InvalidRequestUri, OAuthError
from identity.oauth.models import PushedRequest
from identity.pages.render import page
from identity.people.models import PersonState
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession


async def show(session: AsyncSession, request: Request, query: Mapping[str, str]) -> Response:
    """GET: go straight back when the existing sign-in suffices, else show the page."""
    try:
        client, asked = await _asked(session, query, only_reference=True)
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    signed_in = await _signed_in(session, request)
    # A link alone must not hand a person's name to another party: there the person always acts, on a page that names the party.
    if signed_in is not None and client.first_party and authorization.suffices(asked, signed_in):
        return await authorization.finish(session, request, client, asked, signed_in)
    if asked.parameters.get("prompt") == "none":
        missing = "login_required" if signed_in is None or client.first_party else "consent_required"
        return authorization.redirect(await authorization.refuse(session, asked, missing))
    return await _page(session, request, client, query["request_uri"], asked)


async def submit(session: AsyncSession, request: Request, form: Mapping[str, str]) -> Response:
    """POST: the person cancelled, or answered with a passkey."""
    try:
        client, asked = await _asked(session, form, only_reference=False)
        if not cookies.same_interaction(request, form.get("interaction")):
            raise InvalidRequest("the form was not posted from the page that was shown")
    except OAuthError as error:
        return page(request, "error.html", status=400, error=error.error)
    if form.get("action") == "cancel":
        return authorization.redirect(await authorization.refuse(session, asked, "access_denied"))
    signed_in = await _sign_in(session, request, form)
    if signed_in is None:
        return await _page(session, request, client, form["request_uri"], asked, refused=True)
    row, secret = signed_in
    if authorization.level_suffices(asked, row.acr):
        response = await authorization.finish(session, request, client, asked, row)
    else:
        response = authorization.redirect(await authorization.refuse(session, asked, "unmet_authentication_requirements"))
    cookies.keep_session(response, secret)
    return response


async def _asked(session: AsyncSession, values: Mapping[str, str], *, only_reference: bool) -> tuple[OAuthClient, PushedRequest]:
    """Raises InvalidRequest or InvalidRequestUri, which are shown here and never redirected."""
    if not values.get("client_id") or not values.get("request_uri"):
        raise InvalidRequest("client_id and request_uri are required; the rest is pushed (RFC 9126)")
    if only_reference and set(values) - {"client_id", "request_uri", "ui_locales"}:
        raise InvalidRequest("only client_id and request_uri stand here; the rest is pushed (RFC 9126)")
    asked = await pushed.find(session, values["client_id"], values["request_uri"])
    client = await clients.find(session, values["client_id"])
    if client is None:
        raise InvalidRequestUri
    return client, asked


async def _signed_in(session: AsyncSession, request: Request) -> SignInSession | None:
    secret = cookies.session_secret(request)
    return await sessions.by_secret(session, secret) if secret else None


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
    interaction = cookies.interaction(request) or cookies.new_interaction()
    ask = await credentials.ask_to_sign_in(session, bound_to=interaction)
    target = urlsplit(asked.parameters["redirect_uri"])
    response = page(
        request,
        "sign_in.html",
        status=403 if refused else 200,
        form_targets=f"{target.scheme}://{target.netloc}",
        client_name=client.name_vi if locale_of(request) == "vi" else client.name_en,
        client_id=client.client_id,
        request_uri=request_uri,
        interaction=interaction,
        challenge_id=str(ask.challenge_id),
        options=orjson.dumps(ask.options).decode(),
        refused=refused,
    )
    cookies.keep_interaction(response, interaction)
    return response
