"""Completing an authorization: who is signed in already, who must sign in, and what goes back to the client."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth import codes, pushed
from identity.oauth.models import PushedRequest
from identity.oauth.tokens import ACR
from identity.sessions.models import SignInSession
from kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Back:
    """A redirect to the client."""

    url: str


def suffices(request: PushedRequest, signed_in: SignInSession | None) -> bool:
    """Whether an existing sign-in answers the request without asking anything."""
    if signed_in is None:
        return False
    parameters = request.parameters
    if {"login", "select_account"} & set(parameters.get("prompt", "").split()):
        return False
    if "max_age" in parameters and now() - signed_in.auth_time > timedelta(seconds=int(parameters["max_age"])):
        return False
    return level_suffices(request, signed_in.acr)


def level_suffices(request: PushedRequest, acr: int) -> bool:
    """Whether a level is at least the lowest the client asked for (`acr_values`)."""
    asked = request.parameters.get("acr_values", "").split()
    levels = [level for level in range(4) if f"{ACR}{level}" in asked]
    return not levels or acr >= levels[0]


async def finish(session: AsyncSession, request: Request, client: OAuthClient, asked: PushedRequest, signed_in: SignInSession) -> Response:
    """What follows once it is known who is signed in, however they did it."""
    _ = request, client
    return redirect(await complete(session, asked, signed_in))


def redirect(back: Back) -> Response:
    """To the client, as the answer of a POST too (303)."""
    return RedirectResponse(back.url, status_code=303, headers={"Cache-Control": "no-store"})


async def complete(session: AsyncSession, request: PushedRequest, signed_in: SignInSession) -> Back:
    """Consume the request and give a code. Raises InvalidRequestUri when it was completed before."""
    await pushed.consume(session, request)
    code = await codes.issue(session, request, signed_in)
    return back(request, {"code": code})


async def refuse(session: AsyncSession, request: PushedRequest, error: str) -> Back:
    """End the request with an OAuth error at the client."""
    await pushed.consume(session, request)
    return back(request, {"error": error})


def back(request: PushedRequest, answer: dict[str, str]) -> Back:
    """The client's redirect_uri with the answer, its state byte for byte, and our issuer (RFC 9207)."""
    parameters = request.parameters
    if "state" in parameters:
        answer = answer | {"state": parameters["state"]}
    query = urlencode(answer | {"iss": settings().public_url})
    parts = urlsplit(parameters["redirect_uri"])
    return Back(urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query)))
