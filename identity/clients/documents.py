"""Reads what stands behind a client's addresses: its keys, and the list that says its redirect addresses belong together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from identity.clients.policies import usable_keys
from identity.settings import settings
from kernel.outbound import GuardedTransport, small_document

SECONDS: Final = 5.0
MOST_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is to be read of one client."""

    jwks_uri: str | None
    sector_identifier_uri: str | None
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What was found: keys where there is an address for them, and in one word what is wrong."""

    jwks: Mapping[str, Any] | None = None
    problem: str | None = None


async def read(addresses: Addresses) -> Read:
    """Never raises: an address that leads inside, redirects, is slow, too large or no JSON is a problem to tell the client of."""
    keys: Any = None
    if addresses.jwks_uri is not None:
        keys = await _json(addresses.jwks_uri)
        if keys is None or not usable_keys(keys):
            return Read(problem="jwks_uri")
    if addresses.sector_identifier_uri is not None:
        listed = await _json(addresses.sector_identifier_uri)
        if not isinstance(listed, list) or not set(addresses.redirect_uris) <= {uri for uri in listed if isinstance(uri, str)}:
            return Read(keys, "sector_identifier_uri")
    return Read(keys)


async def _json(url: str) -> Any:
    transport = GuardedTransport(allow_inward=settings().inward_clients, connections=1)
    body = await small_document(transport, url, seconds=SECONDS, most=MOST_BYTES, accept="application/json")
    try:
        return None if body is None else orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
