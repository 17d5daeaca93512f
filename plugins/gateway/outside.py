"""Calls a backend over HTTP: the guarded client, no redirects, read up to the policy's size or passed on as it comes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from yarl import URL

from hanoismart.gateway import Answer, CallFailed, Forward, ResponsePolicy, declared_too_large
from hanoismart.gateway.response import EVENT_STREAM, media_type
from hanoismart.tokens import ASSERTION_HEADER

IDLE_SECONDS: Final = 60.0
"""A stream that brings nothing for so long is cut; a backend with nothing to say sends a comment line."""
_WRONG: Final = (aiohttp.ClientError, OSError, ValueError)


async def over_http(
    session: aiohttp.ClientSession, base_url: str, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy
) -> Answer:
    """One call. Raises CallFailed, and TimeoutError where the caller's own time is up."""
    url = URL(f"{base_url}{forward.path}?{forward.query}" if forward.query else base_url + forward.path, encoded=True)
    headers = [*forward.headers, (ASSERTION_HEADER, assertion)]
    try:
        response = await session.request(forward.method, url, headers=headers, data=body or None, allow_redirects=False)
    except TimeoutError as slow:
        raise CallFailed(timed_out=True) from slow
    except _WRONG as failed:
        raise CallFailed from failed
    passed_on = False
    try:
        answer = await _answer(response, policy)
        passed_on = answer.stream is not None
    except _WRONG as failed:
        raise CallFailed from failed
    else:
        return answer
    finally:
        if not passed_on:
            response.close()  # after the last byte the connection is the pool's already, and stays open


async def _answer(response: aiohttp.ClientResponse, policy: ResponsePolicy) -> Answer:
    head = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
    if declared_too_large(head, policy):
        raise CallFailed(too_large=True)
    kind = response.headers.get("content-type", "")
    received = b""
    while True:
        if policy.passes_on(kind, len(received)):
            most = None if media_type(kind) == EVENT_STREAM else policy.most
            return Answer(status=response.status, headers=head, stream=_rest(response, received, most))
        part = await response.content.readany()
        if not part:
            return Answer(status=response.status, headers=head, body=received)
        received = received + part if received else part
        if len(received) > policy.most:
            raise CallFailed(too_large=True)


async def _rest(response: aiohttp.ClientResponse, held: bytes, most: int | None) -> AsyncIterator[bytes]:
    """What was held, then what comes. Raises CallFailed where it breaks off, stops, or is more than `most` bytes."""
    total = len(held)
    try:
        if held:
            yield held
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                part = await response.content.readany()
            if not part:
                return
            total += len(part)
            if most is not None and total > most:
                raise CallFailed(too_large=True)
            yield part
    except TimeoutError as slow:
        raise CallFailed(timed_out=True) from slow
    except _WRONG as failed:
        raise CallFailed from failed
    finally:
        response.close()
