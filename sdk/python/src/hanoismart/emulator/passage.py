"""The real gateway with everything it needs kept in memory, for an emulator or a test."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import httpx

from hanoismart import tokens
from hanoismart.emulator.superapp import SuperApp
from hanoismart.gateway import (
    CLOSED,
    Answer,
    Breaker,
    CallFailed,
    Forward,
    GatewayRequest,
    Passage,
    Ports,
    QuotaPolicy,
    Refusal,
    ResponsePolicy,
    Verdict,
    Window,
    run,
)
from hanoismart.tokens import ASSERTION_HEADER, Grant

INNER: Final = "http://backend.localhost"
KEPT: Final = 200


class Reach(Protocol):
    """Sends one call to the backend, wherever it is. Raises httpx.HTTPError."""

    async def send(self, request: httpx.Request) -> httpx.Response: ...

    @property
    def base(self) -> str: ...


class OverHttp:
    """A backend at an address, which may be this machine: this is development."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self._http = httpx.AsyncClient(follow_redirects=False, trust_env=False)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self._http.send(request)

    async def close(self) -> None:
        await self._http.aclose()


class InProcess:
    """An ASGI app called without a socket."""

    base: Final = INNER

    def __init__(self, app: object) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False))  # type: ignore[arg-type]  # any ASGI app

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self._http.send(request)


@dataclass
class _Quotas:
    windows: dict[str, Window] = field(default_factory=dict)

    async def take(self, quotas: tuple[tuple[str, QuotaPolicy], ...], now: datetime) -> tuple[Verdict, ...]:
        verdicts = []
        for key, policy in quotas:
            self.windows[key], verdict = self.windows.get(key, Window()).take(policy, now)
            verdicts.append(verdict)
        return tuple(verdicts)


@dataclass
class _Breakers:
    held: dict[str, Breaker] = field(default_factory=dict)

    async def load(self, key: str) -> Breaker:
        return self.held.get(key, CLOSED)

    async def store(self, key: str, breaker: Breaker) -> None:
        self.held[key] = breaker


@dataclass
class _Signer:
    superapp: SuperApp

    async def assertion(self, grant: Grant) -> str:
        return tokens.sign_assertion(grant, self.superapp.key)


@dataclass
class _Backend:
    reach: Reach

    async def call(self, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
        query = f"?{forward.query}" if forward.query else ""
        headers = [*forward.headers, (ASSERTION_HEADER, assertion)]
        request = httpx.Request(
            forward.method,
            f"{self.reach.base}{forward.path}{query}",
            headers=headers,
            content=body or None,
            extensions={"timeout": httpx.Timeout(forward.timeout).as_dict()},
        )
        try:
            response = await self.reach.send(request)
        except httpx.TimeoutException as failure:
            raise CallFailed(timed_out=True) from failure
        except httpx.HTTPError as failure:
            raise CallFailed from failure
        if len(response.content) > policy.max_bytes:
            raise CallFailed(too_large=True)
        # What httpx has unpacked already is not packed any more.
        unpacked = {"content-encoding", "content-length", "transfer-encoding"}
        kept = tuple((name, value) for name, value in response.headers.multi_items() if name.lower() not in unpacked)
        return Answer(status=response.status_code, headers=kept, body=response.content)


@dataclass
class _Audit:
    lines: deque[tuple[str, Passage]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def record(self, request: GatewayRequest, passage: Passage) -> None:
        self.lines.append((request.path, passage))


class Gateway:
    """The way from the page to the backend, for one super-app."""

    def __init__(self, superapp: SuperApp, reach: Reach) -> None:
        self._superapp = superapp
        self._audit = _Audit()
        self._ports = Ports(quotas=_Quotas(), breakers=_Breakers(), signer=_Signer(superapp), backend=_Backend(reach), audit=self._audit)

    async def call(self, request: GatewayRequest, body: bytes, access_token: str | None) -> Answer | Refusal:
        """What the page gets; the real pipeline decides."""
        caller = self._superapp.caller(access_token)
        agreed = self._superapp.agreed(caller.subject) if caller is not None else frozenset()
        return await run(request, body, self._superapp.state(), caller, agreed, self._ports)

    @property
    def passages(self) -> list[tuple[str, Passage]]:
        """The last calls, newest last, with the path each asked for."""
        return list(self._audit.lines)
