"""Reads what stands behind a client's addresses: its keys, and the list that says its redirect addresses belong together."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from identity.clients.policies import usable_keys
from identity.settings import settings
from kernel.outbound import GuardedTransport

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
    """Within the time for all of it: a server that sends a byte now and then would hold the job for days."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _fetched(url)
    except TimeoutError:
        return None


async def _fetched(url: str) -> Any:
    transport = GuardedTransport(allow_inward=settings().inward_clients, connections=1)
    try:
        async with (
            httpx.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False) as http,
            http.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status_code != 200:
                return None
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    return None
        return orjson.loads(body)
    # InvalidURL and UnicodeError: names that no resolver takes.
    except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError, UnicodeError):
        return None
