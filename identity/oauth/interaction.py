"""What every screen of an authorization has in common: the request it belongs to, the page it was posted from, and who is signed in."""

from collections.abc import Mapping

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.oauth import cookies, pushed
from identity.oauth.errors import InvalidRequest, InvalidRequestUri
from identity.oauth.models import PushedRequest
from identity.sessions import service as sessions
from identity.sessions.models import SignInSession

BESIDE = frozenset({"client_id", "request_uri", "ui_locales"})


async def asked_of(
    session: AsyncSession, request: Request, values: Mapping[str, str], *, only_reference: bool = False
) -> tuple[OAuthClient, PushedRequest]:
    """Raises InvalidRequest or InvalidRequestUri, which are shown here and never redirected."""
    if not values.get("client_id") or not values.get("request_uri"):
        raise InvalidRequest("client_id and request_uri are required; the rest is pushed (RFC 9126)")
    if only_reference and set(values) - BESIDE:
        raise InvalidRequest("only client_id and request_uri stand here; the rest is pushed (RFC 9126)")
    asked = await pushed.find(session, values["client_id"], values["request_uri"], interaction=cookies.interaction(request))
    client = await clients.active(session, values["client_id"])
    if client is None:
        raise InvalidRequestUri
    return client, asked


async def posted(session: AsyncSession, request: Request, form: Mapping[str, str]) -> tuple[OAuthClient, PushedRequest]:
    """The same for a form, which must come from the page this browser was shown (login CSRF). Raises as `asked_of` does."""
    client, asked = await asked_of(session, request, form)
    if not cookies.same_interaction(request, form.get("interaction")):
        raise InvalidRequest("the form was not posted from the page that was shown")
    return client, asked


async def signed_in(session: AsyncSession, request: Request) -> SignInSession | None:
    """The live session of this browser."""
    secret = cookies.session_secret(request)
    return await sessions.by_secret(session, secret) if secret else None
