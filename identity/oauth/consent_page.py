"""The screen of agreement: each thing a service asks for with its own box, none ticked for the person, and payments in plain words."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.models import OAuthClient
from identity.consent import service as consent
from identity.oauth import cookies, details, pushed
from identity.oauth.models import PushedRequest
from identity.oauth.wishes import SIGN_IN, Wish, Wishes
from identity.pages.render import chosen_locale, page
from identity.people import queries as people
from identity.sessions.models import SignInSession
from kernel.telemetry import current_request_id

BOX = "agree."


async def show(
    session: AsyncSession, request: Request, client: OAuthClient, asked: PushedRequest, wishes: Wishes, signed_in: SignInSession
) -> Response:
    """The page; what was agreed to before is listed and not asked again."""
    interaction = cookies.interaction(request) or cookies.new_interaction()
    await pushed.opened(session, asked, interaction)
    locale = chosen_locale(request, asked.parameters.get("ui_locales"))
    target = urlsplit(asked.parameters.get("redirect_uri", ""))
    card = await people.card(session, signed_in.person_id)
    response = page(
        request,
        "consent.html",
        locale=locale,
        form_targets=f"{target.scheme}://{target.netloc}" if target.scheme else "",
        client_name=client.name_vi if locale == "vi" else client.name_en,
        client_id=client.client_id,
        policy_uri=client.policy_uri,
        host=target.netloc,
        person=card.display_name,
        asks=[_shown(wish, locale) for wish in wishes.all if wish.key != SIGN_IN and not _settled(wish, client)],
        held=[_shown(wish, locale) for wish in wishes.all if wish.key != SIGN_IN and wish.held and not client.first_party],
        details=[details.described(detail).in_(locale) for detail in wishes.details],
        request_uri=asked.reference,
        session_id=str(signed_in.id),
        interaction=interaction,
        switch={"client_id": client.client_id, "request_uri": asked.reference},
        user_code=asked.parameters.get("user_code"),
    )
    cookies.keep_interaction(response, interaction)
    return response


def _settled(wish: Wish, client: OAuthClient) -> bool:
    return wish.held or client.first_party


def _shown(wish: Wish, locale: str) -> dict[str, object]:
    return {
        "box": BOX + wish.key,
        "reveals": wish.reveals.in_(locale),
        "purpose": wish.purpose.in_(locale),
        "essential": wish.essential,
    }


async def agree(session: AsyncSession, client: OAuthClient, wishes: Wishes, signed_in: SignInSession, form: Mapping[str, str]) -> Wishes:
    """Writes down what was ticked, and gives the wishes with it. What was not ticked is not granted, and nothing else is."""
    if client.first_party:
        return wishes
    ticked = {name.removeprefix(BOX) for name, value in form.items() if name.startswith(BOX) and value == "yes"}
    chosen = [wish for wish in wishes.all if not wish.held and (wish.key in ticked or wish.key == SIGN_IN)]
    if chosen:
        asks = [wish.ask for wish in chosen]
        await consent.grant(session, signed_in.person_id, client.client_id, asks, request_id=current_request_id.get())
    # A child's word alone opens nothing: what needs a representative too is not granted before they agree (Law 91/2025, Art. 24).
    effective = await consent.granted(session, signed_in.person_id, client.client_id)
    return replace(wishes, agreed=wishes.agreed | ({wish.key for wish in chosen} & effective))
