"""Who the client is: private_key_jwt (RFC 7523) for clients with keys, the client id alone for public ones."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc.jwk import KeySet
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients import service as clients
from identity.clients.models import ClientKind, OAuthClient
from identity.oauth import jose
from identity.oauth.algorithms import REGISTRY
from identity.oauth.errors import InvalidClient
from identity.oauth.once import first_use
from kernel.settings import settings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = timedelta(minutes=5)
MAX_CLIENT_ID = 120
KIND = "assertion"
FUTURE = timedelta(seconds=10)


async def authenticate(session: AsyncSession, form: Mapping[str, str]) -> OAuthClient:
    """The client of a token, PAR or revocation request. Raises InvalidClient."""
    assertion = form.get("client_assertion")
    if assertion is None:
        return await _public(session, form.get("client_id"))
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient("client_assertion_type is not supported")
    client = await _claimed(session, assertion)
    if form.get("client_id", client.client_id) != client.client_id:
        raise InvalidClient("client_id and client_assertion disagree")
    await _verify(session, client, assertion)
    return client


async def _public(session: AsyncSession, client_id: str | None) -> OAuthClient:
    client = await clients.active(session, client_id) if client_id and len(client_id) <= MAX_CLIENT_ID else None
    if client is None or client.kind is not ClientKind.PUBLIC:
        raise InvalidClient("the client is unknown or must authenticate")
    return client


async def _claimed(session: AsyncSession, assertion: str) -> OAuthClient:
    """The client an unverified assertion names; nothing but its keys is taken from here."""
    client_id = named_in(assertion)
    client = await clients.active(session, client_id) if client_id else None
    if client is None or client.jwks is None:
        raise InvalidClient("the client is unknown or has no keys")
    return client


def named_in(assertion: str) -> str | None:
    """The client id an unverified assertion names, None where it cannot be one. Raises InvalidClient for what is no assertion."""
    try:
        client_id = orjson.loads(jose.payload(assertion))["sub"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidClient("client_assertion cannot be read") from error
    readable = isinstance(client_id, str) and client_id.isprintable() and len(client_id) <= MAX_CLIENT_ID
    return client_id if readable else None


async def _verify(session: AsyncSession, client: OAuthClient, assertion: str) -> None:
    jti, until = checked(assertion, client.client_id, keys_of(client))
    if not await first_use(session, KIND, client.client_id, jti, until=until):
        raise InvalidClient("the assertion was used before")


def checked(assertion: str, client_id: str, held: KeySet) -> tuple[str, datetime]:
    """The id of a client's assertion and its end, all but its being the first use checked. Raises InvalidClient."""
    try:
        token = jose.decoded(assertion, held, registry=REGISTRY)
    except jose.Unreadable as error:
        raise InvalidClient("the signature of client_assertion does not verify") from error
    claims: dict[str, Any] = token.claims
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidClient("iss and sub are the client_id")
    # The issuer, as a string: neither an endpoint's URL nor an array (FAPI 2.0).
    if claims.get("aud") != settings().public_url:
        raise InvalidClient("aud is the issuer, as a string")
    until = _check_times(claims)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 256:
        raise InvalidClient("jti is missing")
    return jti, until


def keys_of(client: OAuthClient) -> KeySet:
    return KeySet.import_key_set({"keys": list((client.jwks or {}).get("keys", []))})


def _check_times(claims: Mapping[str, Any]) -> datetime:
    moment = now()
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int):
        raise InvalidClient("exp is missing")
    # Whole numbers are compared, for one from a client may be larger than any moment there is.
    if expires <= moment.timestamp():
        raise InvalidClient("the assertion has expired")
    if expires > (moment + LONGEST + FUTURE).timestamp():
        raise InvalidClient("exp is more than 5 minutes ahead")
    for name in ("iat", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value > (moment + FUTURE).timestamp():
            raise InvalidClient(f"{name} lies in the future")
    return datetime.fromtimestamp(expires, tz=UTC)
