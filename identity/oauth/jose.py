"""Reads signed tokens from outside: whatever is wrong with one is one error, for the library lets odd headers through to faults."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, extract_compact

LONGEST = 50_000
"""Characters of a token; ours and those of honest clients have a tenth of it."""


class Unreadable(ValueError):
    """Not a token, not signed by one of these keys, or built to be awkward."""


def decoded(text: str, keys: KeySet, *, registry: JWSRegistry) -> jwt.Token:
    """The token, its signature verified; its claims are the caller's to check. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable
    try:
        token = jwt.decode(text, keys, registry=registry)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unreadable from error
    if not _writable(token.claims):
        raise Unreadable
    return token


def payload(text: str) -> bytes:
    """What an unverified token says. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable
    try:
        return extract_compact(text.encode()).payload
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unreadable from error


def _writable(value: Any) -> bool:
    """Half a surrogate pair is valid JSON and no text: it can be neither hashed nor kept."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_writable(name) and _writable(held) for name, held in value.items())
    return all(_writable(held) for held in value) if isinstance(value, list) else True
