"""Completing an authorization: who is signed in already, who must sign in, who must agree, and what goes back to the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.locks import service as locks
from identity.oauth import claims, codes, consent_page, details, device_grant, pushed
from identity.oauth.hints import hinted
from identity.oauth.models import PushedRequest
from identity.oauth.tokens import ACR
from identity.oauth.wishes import Wishes, wishes_of
from identity.pages.render import page
from identity.sessions.models import SignInSession
from identity.step_up import service as step_up
from kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Back:
    """An answer to the client: where, what, and whether the browser posts it."""

    url: str
    target: str
    answer: dict[str, str]
    by_form: bool


@dataclass(frozen=True, slots=True)
class DeviceTold:
    """There is no client to go back to: the waiting device hears it, and the person reads which it was."""

    agreed: bool


async def suffices(session: AsyncSession, request: PushedRequest, signed_in: SignInSession) -> bool:
    """Whether a sign-in answers the request: new enough, strong enough, and for a payment or signature what its step-up rule asks."""
    if not _answers(request, signed_in):
        return False
    operations = details.operations(request.parameters.get("authorization_details"))
    return all([await step_up.met(session, signed_in, operation) for operation in operations])


def _answers(request: PushedRequest, signed_in: SignInSession) -> bool:
    parameters = request.parameters
    # Whoever must sign in anew did so when the sign-in is younger than the request.
    if {"login", "select_account"} & set(parameters.get("prompt", "").split()) and signed_in.auth_time < request.created_at:
        return False
    if "max_age" in parameters and not _young(request, signed_in, int(parameters["max_age"])):
        return False
    return level_suffices(request, signed_in.acr)


def _young(request: PushedRequest, signed_in: SignInSession, seconds: int) -> bool:
    return signed_in.auth_time >= request.created_at or now() - signed_in.auth_time <= timedelta(seconds=seconds)


def level_suffices(request: PushedRequest, acr: int) -> bool:
    """Whether a level is at least the lowest the client asked for (`acr_values`, or `acr` as an essential claim)."""
    asked = [*request.parameters.get("acr_values", "").split(), *claims.parse(request.parameters.get("claims")).acr]
    levels = [level for level in range(4) if f"{ACR}{level}" in asked]
    return not levels or acr >= levels[0]


async def expected_person(session: AsyncSession, request: PushedRequest, client: OAuthClient, signed_in: SignInSession) -> bool:
    """Whether the person is the one the client named, by a hint or a `sub` among its claims; True where it named nobody."""
    sub = claims.parse(request.parameters.get("claims")).sub
    hint = request.parameters.get("id_token_hint")
    if hint is not None:
        told = await hinted(session, hint)
        if told is None or told.client_id != client.client_id:
            return False
        sub = sub or told.sub
    return sub is None or sub == await clients.pairwise(session, signed_in.person_id, client.sector)


async def finish(session: AsyncSession, request: Request, client: OAuthClient, asked: PushedRequest, signed_in: SignInSession) -> Response:
    """What follows once it is known who is signed in, however they did it: their agreement where it is missing, else the answer."""
    wishes = await wishes_of(session, client, asked, signed_in)
    if (error := await stands_against(session, client, asked, signed_in, must_ask=wishes.must_ask)) is not None:
        return answered(request, await refuse(session, asked, error))
    if wishes.must_ask and asked.parameters.get("prompt") == "none":
        return answered(request, await refuse(session, asked, "consent_required"))
    if wishes.must_ask:
        return await consent_page.show(session, request, client, asked, wishes, signed_in)
    return answered(request, await complete(session, asked, signed_in, wishes))


async def stands_against(
    session: AsyncSession, client: OAuthClient, asked: PushedRequest, signed_in: SignInSession, *, must_ask: bool
) -> str | None:
    """The error the request ends with, where it may not go on for this person now; looked at again when a page comes back."""
    if not await expected_person(session, asked, client, signed_in):
        return "login_required"
    if await _held_back(session, asked, signed_in):
        return "access_denied"
    return "access_denied" if must_ask and await locks.is_locked(session, signed_in.person_id) else None


async def _held_back(session: AsyncSession, asked: PushedRequest, signed_in: SignInSession) -> bool:
    """While a person's lock or a freeze after recovery stands, nothing is paid or signed."""
    if "authorization_details" not in asked.parameters:
        return False
    return await step_up.held_back(session, signed_in.person_id)


async def complete(session: AsyncSession, request: PushedRequest, signed_in: SignInSession, wishes: Wishes) -> Back | DeviceTold:
    """Consume the request and give a code, or let the waiting device in. Raises InvalidRequestUri when it was completed before."""
    await pushed.consume(session, request)
    if request.device_id is not None:
        await device_grant.approve(session, request, signed_in, wishes)
        return DeviceTold(agreed=True)
    code = await codes.issue(session, request, signed_in, wishes)
    return back(request.parameters, {"code": code})


async def refuse(session: AsyncSession, request: PushedRequest, error: str) -> Back | DeviceTold:
    """End the request with an OAuth error at the client."""
    await pushed.consume(session, request)
    if request.device_id is not None:
        await device_grant.deny(session, request.device_id)
        return DeviceTold(agreed=False)
    return back(request.parameters, {"error": error})


def back(parameters: Mapping[str, str], answer: dict[str, str]) -> Back:
    """The client's redirect_uri with the answer, its state byte for byte, and our issuer (RFC 9207)."""
    if "state" in parameters:
        answer = answer | {"state": parameters["state"]}
    answer = answer | {"iss": settings().public_url}
    target = parameters["redirect_uri"]
    query = urlencode(answer)
    parts = urlsplit(target)
    url = urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
    return Back(url, target, answer, parameters.get("response_mode") == "form_post")


def answered(request: Request, told: Back | DeviceTold) -> Response:
    """The browser's way on: a redirect (303, after a POST too), a form that posts itself, or a page that says the device may go on."""
    if isinstance(told, DeviceTold):
        return page(request, "device_done.html", agreed=told.agreed)
    if not told.by_form:
        return RedirectResponse(told.url, status_code=303, headers={"Cache-Control": "no-store"})
    parts = urlsplit(told.target)
    return page(request, "form_post.html", form_targets=f"{parts.scheme}://{parts.netloc}", target=told.target, answer=told.answer)
