"""Signed authorization requests (RFC 9101): the parameters of a push, signed by the client, never unsigned, never by reference."""

from collections.abc import Mapping
from typing import Final

import orjson

from hanoismart.clock import now
from identity.clients.models import OAuthClient
from identity.oauth import jose
from identity.oauth.algorithms import REGISTRY
from identity.oauth.client_authentication import FUTURE, LONGEST, keys_of
from identity.oauth.errors import InvalidRequestObject
from kernel.settings import settings

TYPES: Final = frozenset({"oauth-authz-req+jwt", "jwt", ""})
JWT_CLAIMS: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "sub"})
BESIDE: Final = frozenset({"client_id", "client_assertion", "client_assertion_type", "request"})
"""What may stand beside a request object in a push (RFC 9126, section 3)."""


def unpacked(client: OAuthClient, form: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of a push: the signed ones where there is a request object, and nothing from beside it.

    Raises InvalidRequestObject.
    """
    if "request" not in form:
        if client.require_signed_request_object:
            raise InvalidRequestObject("this client signs its requests (RFC 9101)")
        return form
    if form.keys() - BESIDE:
        raise InvalidRequestObject("every parameter stands inside the request object")
    return _parameters(client, form["request"])


def _parameters(client: OAuthClient, text: str) -> dict[str, str]:
    if client.jwks is None:
        raise InvalidRequestObject("the client has no keys to sign a request with")
    try:
        token = jose.decoded(text, keys_of(client), registry=REGISTRY)
    except jose.Unreadable as error:
        raise InvalidRequestObject("the signature of the request object does not verify") from error
    claims = token.claims
    if str(token.header.get("typ", "")).lower() not in TYPES:
        raise InvalidRequestObject("typ is oauth-authz-req+jwt")
    if claims.get("iss") != client.client_id or claims.get("client_id", client.client_id) != client.client_id:
        raise InvalidRequestObject("iss and client_id are the client's")
    if claims.get("aud") not in (settings().public_url, [settings().public_url]):
        raise InvalidRequestObject("aud is the issuer")
    _check_times(claims)
    if "request" in claims or "request_uri" in claims:
        raise InvalidRequestObject("a request object holds no other")
    return {name: _text(value) for name, value in claims.items() if name not in JWT_CLAIMS}


def _check_times(claims: Mapping[str, object]) -> None:
    moment = now()
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int) or expires <= moment.timestamp():
        raise InvalidRequestObject("exp is missing or past")
    if expires > (moment + LONGEST + FUTURE).timestamp():
        raise InvalidRequestObject("exp is more than 5 minutes ahead")
    for name in ("iat", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value > (moment + FUTURE).timestamp():
            raise InvalidRequestObject(f"{name} lies in the future")


def _text(value: object) -> str:
    """A parameter as a form would carry it: structured ones are JSON."""
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidRequestObject("a parameter holds a NUL character")
        return value
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidRequestObject("a parameter is a string, a number or a JSON structure")
