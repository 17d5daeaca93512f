"""Token exchange (RFC 8693): a service that was handed a person's token gets one for another service, never for more than both allow."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.clients.models import ClientKind, OAuthClient
from identity.consent import service as consent
from identity.mandates.acting import MandateKind
from identity.oauth import app_exchange, resources, tokens
from identity.oauth.endpoints import Admitted
from identity.oauth.errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget, UnauthorizedClient
from identity.oauth.models import Grant
from identity.oauth.tokens import Aim, Exchanged
from identity.oauth.verification import Inspected, inspect_quietly
from identity.ports import AppAudiences

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 (a type's name)
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
MOST_ACTORS: Final = 4


async def answer(session: AsyncSession, asked: Admitted, apps: AppAudiences | None) -> dict[str, Any]:
    """The exchanged token. Raises InvalidRequest, InvalidGrant, InvalidTarget, InvalidScope, UnauthorizedClient."""
    form, client = asked.form, asked.client
    if form.get("subject_token_type") not in {ACCESS_TOKEN, JWT} or "subject_token" not in form:
        raise InvalidRequest("subject_token is an access token of ours")
    if form.get("requested_token_type", ACCESS_TOKEN) not in {ACCESS_TOKEN, JWT}:
        raise InvalidRequest("only access tokens are made")
    if "actor_token" in form:
        raise InvalidRequest("the client that authenticates is the actor; an actor_token adds nothing")
    subject = await _subject(session, client, form["subject_token"])
    target = form.get("resource") or form.get("audience")
    app = await apps.audience(session, target, subject.person) if apps is not None and client.first_party and target else None
    if app is not None:
        return await app_exchange.answer(session, asked, subject, app)
    if client.kind is ClientKind.PUBLIC:
        raise UnauthorizedClient("a client without keys exchanges nothing but our own app's session for a mini-app")
    aim = await _aim(session, client, subject, target, form.get("scope"))
    act_for = await _act_for(session, subject, aim.sector)
    made = Exchanged(client, subject.person, aim, asked.bound, subject.verified.expires_at, subject.claims, act_for)
    issued = await tokens.exchanged_token(session, made)
    return {
        "access_token": issued.token,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "DPoP",
        "expires_in": issued.expires_in,
        "scope": aim.scope,
    }


async def _subject(session: AsyncSession, client: OAuthClient, token: str) -> Inspected:
    """The person's token, which must have been made for this client or have been sent to a resource of it."""
    found = await inspect_quietly(session, token)
    if found is None or found.verified.caller.person_id is None:
        raise InvalidGrant("subject_token is not a person's token, or does not count any more")
    mine = await resources.owned(session, client.client_id) | {client.client_id}
    if found.verified.caller.audience not in mine and found.verified.caller.client_id != client.client_id:
        raise InvalidGrant("subject_token was not made for this client")
    if _actors(found.claims.get("act")) >= MOST_ACTORS:
        raise InvalidGrant("the chain of actors is too long")
    return found


async def _act_for(session: AsyncSession, subject: Inspected, sector: str) -> dict[str, Any] | None:
    """For whom the person acts, named as the target's sector knows them; an organisation has one name everywhere."""
    said: dict[str, Any] | None = subject.claims.get("act_for")
    if said is None or said["kind"] == MandateKind.ORGANISATION:
        return said
    origin = await clients.find(session, subject.verified.caller.client_id)
    known_in = subject.claims.get("sector") or (origin.sector if origin is not None else "")
    person = await clients.person_of(session, known_in, said["id"])
    if person is None:
        raise InvalidGrant("for whom the subject acts is not known any more")
    return said | {"id": await clients.pairwise(session, person, sector)}


def _actors(act: Any) -> int:
    return 0 if not isinstance(act, dict) else 1 + _actors(act.get("act"))


async def _carried(session: AsyncSession, client: OAuthClient, subject: Inspected) -> frozenset[str]:
    """The scopes behind a token: its own, and for the client it was made for those of its grant, which a token for the hub leaves out."""
    caller = subject.verified.caller
    grant = await session.get(Grant, caller.grant_id) if caller.grant_id and caller.client_id == client.client_id else None
    return caller.scopes if grant is None or "act" in subject.claims else caller.scopes | set(grant.scope.split())


async def _aim(session: AsyncSession, client: OAuthClient, subject: Inspected, target: str | None, scope: str | None) -> Aim:
    """Scopes: what the subject token carries, the client is registered for, the person agreed to, and the target knows."""
    known = await resources.known(session, target) if target else None
    sector = await resources.sector_of(session, target) if target else None
    if known is None or sector is None or target is None:
        raise InvalidTarget("resource names a registered service")
    carried = await _carried(session, client, subject)
    allowed = carried & set(client.scopes) & set(known.scopes)
    origin = await clients.find(session, subject.verified.caller.client_id)
    # Where the token came from our own app nobody was asked yet: then it is the exchanging client that needs the person's agreement.
    answerable = client if origin is None or origin.first_party else origin
    if not answerable.first_party:
        allowed &= await consent.granted(session, subject.person, answerable.client_id)
    wanted = set(scope.split()) if scope else allowed
    if not wanted or not wanted <= allowed:
        raise InvalidScope("the scope is wider than what token, registration and consent allow")
    return Aim(target, " ".join(sorted(wanted)), sector)
