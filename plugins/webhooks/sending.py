"""Brings one message to one backend, over HTTP through the guard or into this process, and says what came back."""

from dataclasses import dataclass
from time import perf_counter
from typing import Final

import httpx

from kernel.outbound import GuardedTransport
from plugins.ports import InProcessBackends
from plugins.settings import settings
from plugins.webhooks.service import PATH

SECONDS: Final = 15.0
INNER: Final = "http://backend.internal"


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


async def send(app_id: str, url: str | None, headers: dict[str, str], body: bytes, inner: InProcessBackends) -> Outcome:
    """Never raises: what goes wrong is an outcome. A redirect is a failure."""
    app = inner.app(app_id) if url is None else None
    if url is None and app is None:
        return Outcome(None, "not_here", 0)
    transport = GuardedTransport(allow_inward=settings().inward_calls) if app is None else httpx.ASGITransport(app=app)
    target, started = url or INNER + PATH, perf_counter()
    try:
        async with httpx.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False) as http:
            response = await http.post(target, content=body, headers={"content-type": "application/json", **headers})
    except httpx.TimeoutException:
        return Outcome(None, "timeout", _since(started))
    except Exception as failure:  # noqa: BLE001 (a backend in this process may raise anything; over HTTP it would be no answer)
        return Outcome(None, "unreachable" if isinstance(failure, httpx.HTTPError) else "crashed", _since(started))
    asked = response.headers.get("retry-after", "")
    wait = min(int(asked), 86_400) if response.status_code in {429, 502, 503, 504} and asked.isascii() and asked[:6].isdigit() else None
    return Outcome(response.status_code, None, _since(started), wait)


def _since(started: float) -> int:
    return round((perf_counter() - started) * 1000)
