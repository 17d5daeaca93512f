"""Pushed authorization requests (RFC 9126): checked when pushed, opened within 60 s, consumed when authorization completes."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth import claims, details, request_objects, resources
from identity.oauth.errors import (
    InvalidRequest,
    InvalidRequestUri,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from identity.oauth.models import PushedRequest
from identity.oauth.resources import hub_resource

LIFETIME = timedelta(seconds=60)
OPEN = timedelta(minutes=10)
PREFIX = "urn:ietf:params:oauth:request_uri:"
KNOWN = ("response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age",
         "acr_values", "ui_locales", "login_hint", "id_token_hint", "resource", "dpop_jkt", "display", "claims_locales", "claims",
         "authorization_details", "response_mode")  # fmt: skip
STRUCTURED = frozenset({"redirect_uri", "claims", "authorization_details", "id_token_hint"})
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url
_LOOPBACK = {"127.0.0.1", "::1"}
MAX_STATE = 512
LONGEST_REDIRECT = 2_000
MAX_VALUE = 1_000
MAX_STRUCTURED = 20_000


async def push(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], *, dpop_jkt: str | None) -> str:
    """Keep a checked request; returns its request_uri. Raises the OAuth error that names what is wrong."""
    if "request_uri" in form:
        raise InvalidRequest("request_uri cannot be pushed")
    given = request_objects.unpacked(client, form)
    parameters = {name: given[name] for name in KNOWN if name in given}
    await _check(session, client, parameters)
    bound = parameters.get("dpop_jkt") or dpop_jkt
    if dpop_jkt is not None and bound != dpop_jkt:
        raise InvalidRequest("dpop_jkt and the DPoP proof disagree")
    return keep(session, client.client_id, parameters, dpop_jkt=bound)


def keep(
    session: AsyncSession, client_id: str, parameters: Mapping[str, Any], *, dpop_jkt: str | None, device_id: UUID | None = None
) -> str:
    """Keep a request that was checked; returns its request_uri."""
    reference = secrets.token_urlsafe(32)
    row = PushedRequest(
        reference_hash=_hash(reference),
        client_id=client_id,
        parameters=dict(parameters),
        dpop_jkt=dpop_jkt,
        expires_at=now() + LIFETIME,
        device_id=device_id,
    )
    session.add(row)
    return PREFIX + reference


def _hash(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()


async def _check(session: AsyncSession, client: OAuthClient, parameters: Mapping[str, str]) -> None:
    if "response_type" not in parameters:
        raise InvalidRequest("response_type is missing")
    if parameters["response_type"] != "code":
        raise UnsupportedResponseType("response_type is code")
    if not client.redirect_uris:
        raise UnauthorizedClient("the client signs nobody in")
    if not redirect_allowed(client, parameters.get("redirect_uri")):
        raise InvalidRequest("redirect_uri is not registered")
    check_form(parameters)
    await check_wishes(session, client, parameters)


def check_form(parameters: Mapping[str, str]) -> None:
    """What needs no registration: PKCE, and that values are what they may be. Raises InvalidRequest."""
    if parameters.get("code_challenge_method") != "S256" or not _DIGEST.fullmatch(parameters.get("code_challenge", "")):
        raise InvalidRequest("PKCE with S256 is required (RFC 7636)")
    if parameters.get("response_mode", "query") not in {"query", "form_post"}:
        raise InvalidRequest("response_mode is query or form_post")
    if parameters.get("dpop_jkt") and not _DIGEST.fullmatch(parameters["dpop_jkt"]):
        raise InvalidRequest("dpop_jkt is a SHA-256 thumbprint (RFC 9449, section 10)")
    _check_values(parameters)


async def check_wishes(session: AsyncSession, client: OAuthClient, parameters: Mapping[str, str]) -> None:
    """What is asked for, apart from how it comes back: resource, scope, claims and details."""
    resource = await resources.known(session, parameters.get("resource", hub_resource()))
    if resource is not None and not set(resource.scopes) & set(client.scopes):
        raise InvalidTarget("the client is registered for nothing at this resource")
    asked = parameters.get("scope", "").split()
    if "openid" not in asked:
        raise InvalidScope("scope holds openid")
    if unknown := sorted(set(asked) - set(client.scopes)):
        raise InvalidScope(f"not registered for: {' '.join(unknown)[:200]}")
    wished = claims.parse(parameters.get("claims"))
    if unregistered := [key for key in wished.keys if key not in client.purposes and key not in client.scopes]:
        raise InvalidRequest(f"no purpose is registered for: {' '.join(unregistered)}")
    details.parse(parameters.get("authorization_details"), client.details_types)


def _check_values(parameters: Mapping[str, str]) -> None:
    if any(len(parameters.get(name, "")) > MAX_STATE for name in ("state", "nonce")):
        raise InvalidRequest("state and nonce have at most 512 characters")
    if any(len(value) > (MAX_STRUCTURED if name in STRUCTURED else MAX_VALUE) for name, value in parameters.items()):
        raise InvalidRequest("a parameter has at most 1000 characters")
    prompt = parameters.get("prompt", "").split()
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt none stands alone")
    age = parameters.get("max_age", "0")
    if not age.isascii() or not age.isdigit() or len(age) > 9:
        raise InvalidRequest("max_age is a number of seconds")


def redirect_allowed(client: OAuthClient, uri: str | None) -> bool:
    """Exact match; only the port of a registered loopback address may vary (RFC 8252, section 7.3)."""
    if uri is None or len(uri) > LONGEST_REDIRECT:
        return False
    return uri in client.redirect_uris or any(_same_loopback(known, uri) for known in client.redirect_uris)


def _same_loopback(known: str, given: str) -> bool:
    try:
        one, other = urlsplit(known), urlsplit(given)
        _ = other.port
    except ValueError:
        return False
    if one.hostname not in _LOOPBACK or other.username is not None or other.password is not None or "#" in given:
        return False
    return (one.scheme, one.hostname, one.path, one.query) == (other.scheme, other.hostname, other.path, other.query)


async def find(session: AsyncSession, client_id: str, request_uri: str, *, interaction: str | None) -> PushedRequest:
    """The live request of this client, for the browser that opened it. Raises InvalidRequestUri, the same whatever is wrong."""
    if not request_uri.startswith(PREFIX):
        raise InvalidRequestUri("request_uri is not one of ours")
    row = await session.scalar(select(PushedRequest).where(PushedRequest.reference_hash == _hash(request_uri.removeprefix(PREFIX))))
    if row is None or row.client_id != client_id or row.consumed_at is not None or not _open(row, interaction):
        raise InvalidRequestUri("request_uri is unknown, used or expired")
    row.reference = request_uri
    return row


def _open(row: PushedRequest, interaction: str | None) -> bool:
    if row.expires_at > now():
        return True
    mine = interaction is not None and row.interaction_hash == _hash(interaction)
    return mine and row.open_until is not None and row.open_until > now()


async def opened(session: AsyncSession, row: PushedRequest, interaction: str) -> None:
    """The browser of `interaction` was shown a page: it has ten minutes from the first one."""
    if row.interaction_hash is None:
        row.interaction_hash, row.open_until = _hash(interaction), now() + OPEN
        await session.flush()


async def consume(session: AsyncSession, row: PushedRequest) -> None:
    """Complete the request, once. Raises InvalidRequestUri when another completion was first."""
    done = await session.scalar(
        update(PushedRequest)
        .where(PushedRequest.reference_hash == row.reference_hash, PushedRequest.consumed_at.is_(None))
        .values(consumed_at=now())
        .returning(PushedRequest.client_id)
    )
    if done is None:
        raise InvalidRequestUri("request_uri was used")
