"""Brings one message to one backend, over HTTP through the guard or into this process, and says what came back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import aiohttp
import httpx
from starlette.types import ASGIApp

from kernel.outbound import guarded_session
from plugins.ports import InProcessBackends
from plugins.settings import settings
from plugins.webhooks.service import PATH

SECONDS: Final = 15.0
INNER: Final = "http://backend.internal"
_THROTTLED: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` of the answer, or `failure` in one word; `retry_after` in seconds where the backend asked for it."""

    status: int | None
    failure: str | None
    milliseconds: int
    retry_after: int | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """410: the backend does not want to hear us any more."""
        return self.status == 410


class Sender:
    """The connections of one process to the backends that hear us, kept open between messages."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._loop is not asyncio.get_running_loop():
            self._http = guarded_session(allow_inward=settings().inward_calls)
            self._loop = asyncio.get_running_loop()
        return self._http

    async def send(self, app_id: str, url: str | None, headers: Mapping[str, str], body: bytes, inner: InProcessBackends) -> Outcome:
        """Never raises: what goes wrong is an outcome. A redirect is a failure."""
        sent = {"content-type": "application/json", **headers}
        started = perf_counter()
        try:
            async with asyncio.timeout(SECONDS):
                if url is not None:
                    status, asked = await self._over_http(url, sent, body)
                else:
                    app = inner.app(app_id)
                    if app is None:
                        return Outcome(None, "not_here", 0)
                    status, asked = await _inside(app, sent, body)
        except TimeoutError:
            return Outcome(None, "timeout", _since(started))
        except Exception as failure:  # noqa: BLE001 (a backend in this process may raise anything; over HTTP it would be no answer)
            unreachable = isinstance(failure, (aiohttp.ClientError, OSError))
            return Outcome(None, "unreachable" if unreachable else "crashed", _since(started))
        return Outcome(status, None, _since(started), _wait(status, asked))

    async def _over_http(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        response = await self._session().post(url, data=body, headers=headers, allow_redirects=False)
        try:
            # A short answer is read so that the connection serves the next message; nobody reads a long one.
            await response.content.readany()
            return response.status, response.headers.get("retry-after", "")
        finally:
            response.close()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None


async def _inside(app: ASGIApp, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as http:
        response = await http.post(INNER + PATH, content=body, headers=dict(headers))
    return response.status_code, response.headers.get("retry-after", "")


def _wait(status: int, asked: str) -> int | None:
    """The seconds of a Retry-After, a day at most; the form with a date is not read (RFC 9110, section 10.2.3)."""
    if status not in _THROTTLED or not asked.isascii() or not asked.isdigit() or len(asked) > 9:
        return None
    return min(int(asked), 86_400)


def _since(started: float) -> int:
    return round((perf_counter() - started) * 1000)
