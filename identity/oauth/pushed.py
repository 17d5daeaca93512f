"""Pushed authorization requests (RFC 9126): checked when pushed, kept 60 s, consumed when authorization completes."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth.errors import InvalidRequest, InvalidRequestUri, InvalidScope, InvalidTarget, UnauthorizedClient
from identity.oauth.models import PushedRequest
from identity.oauth.resources import hub_resource

LIFETIME = timedelta(seconds=60)
PREFIX = "urn:ietf:params:oauth:request_uri:"
KNOWN = ("response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age",
         "acr_values", "ui_locales", "login_hint", "resource", "dpop_jkt", "display", "claims_locales")  # fmt: skip
_CHALLENGE = re.compile(r"^[A-Za-z0-9_-]{43}$")
_LOOPBACK = {"127.0.0.1", "::1"}
MAX_STATE = 512
MAX_VALUE = 1_000


async def push(session: AsyncSession, client: OAuthClient, form: Mapping[str, str], *, dpop_jkt: str | None) -> str:
    """Keep a checked request; returns its request_uri. Raises the OAuth error that names what is wrong."""
    parameters = {name: form[name] for name in KNOWN if name in form}
    _check(client, form, parameters)
    bound = parameters.get("dpop_jkt") or dpop_jkt
    if dpop_jkt is not None and bound != dpop_jkt:
        raise InvalidRequest("dpop_jkt and the DPoP proof disagree")
    reference = secrets.token_urlsafe(32)
    session.add(
        PushedRequest(
            reference_hash=_hash(reference),
            client_id=client.client_id,
            parameters=parameters,
            dpop_jkt=bound,
            expires_at=now() + LIFETIME,
        )
    )
    return PREFIX + reference


def _hash(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()


def _check(client: OAuthClient, form: Mapping[str, str], parameters: Mapping[str, str]) -> None:
    if "request_uri" in form or "request" in form:
        raise InvalidRequest("request_uri cannot be pushed, and request objects are not supported")
    if parameters.get("response_type") != "code":
        raise InvalidRequest("response_type is code")
    if not client.redirect_uris:
        raise UnauthorizedClient("the client signs nobody in")
    if not redirect_allowed(client, parameters.get("redirect_uri")):
        raise InvalidRequest("redirect_uri is not registered")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.match(parameters.get("code_challenge", "")):
        raise InvalidRequest("PKCE with S256 is required (RFC 7636)")
    if parameters.get("resource", hub_resource()) != hub_resource():
        raise InvalidTarget("the resource is unknown")
    _check_scope(client, parameters.get("scope", ""))
    _check_values(parameters)


def _check_scope(client: OAuthClient, scope: str) -> None:
    asked = scope.split()
    if "openid" not in asked:
        raise InvalidScope("scope holds openid")
    if unknown := sorted(set(asked) - set(client.scopes)):
        raise InvalidScope(f"not registered for: {' '.join(unknown)[:200]}")


def _check_values(parameters: Mapping[str, str]) -> None:
    if any(len(parameters.get(name, "")) > MAX_STATE for name in ("state", "nonce")):
        raise InvalidRequest("state and nonce have at most 512 characters")
    if any(len(value) > MAX_VALUE for name, value in parameters.items() if name != "redirect_uri"):
        raise InvalidRequest("a parameter has at most 1000 characters")
    prompt = parameters.get("prompt", "").split()
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt none stands alone")
    age = parameters.get("max_age", "0")
    if not age.isascii() or not age.isdigit() or len(age) > 9:
        raise InvalidRequest("max_age is a number of seconds")


def redirect_allowed(client: OAuthClient, uri: str | None) -> bool:
    """Exact match; only the port of a registered loopback address may vary (RFC 8252, section 7.3)."""
    if uri is None or len(uri) > 2000:
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


async def find(session: AsyncSession, client_id: str, request_uri: str) -> PushedRequest:
    """The live request of this client. Raises InvalidRequestUri, the same for absent, foreign, expired and consumed ones."""
    if not request_uri.startswith(PREFIX):
        raise InvalidRequestUri("request_uri is not one of ours")
    row = await session.scalar(select(PushedRequest).where(PushedRequest.reference_hash == _hash(request_uri.removeprefix(PREFIX))))
    if row is None or row.client_id != client_id or row.expires_at <= now() or row.consumed_at is not None:
        raise InvalidRequestUri("request_uri is unknown, used or expired")
    return row


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
