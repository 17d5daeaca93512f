"""What a host lends the gateway: counting, remembering failures, signing, calling, and writing down what happened."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hanoismart.gateway.breaker import Breaker
from hanoismart.gateway.quota import QuotaPolicy, Verdict
from hanoismart.gateway.request import Answer, Forward, GatewayRequest
from hanoismart.gateway.response import ResponsePolicy
from hanoismart.tokens import Grant


class CallFailed(Exception):
    """The backend gave no answer; `timed_out` tells a slow one from an unreachable one, `too_large` an answer that was cut off.

    `busy`: it was not asked at all, too many calls being under way.
    """

    def __init__(self, *, timed_out: bool = False, too_large: bool = False, busy: bool = False) -> None:
        self.timed_out = timed_out
        self.too_large = too_large
        self.busy = busy
        super().__init__("timed out" if timed_out else "too large" if too_large else "busy" if busy else "unreachable")


class Quotas(Protocol):
    async def take(self, quotas: tuple[tuple[str, QuotaPolicy], ...], now: datetime) -> tuple[Verdict, ...]:
        """Spend one call of each quota, in one go."""
        ...


class Breakers(Protocol):
    async def load(self, key: str) -> Breaker:
        """The breaker of a key; a lost one is closed."""
        ...

    async def store(self, key: str, breaker: Breaker) -> None:
        """Keep a breaker that changed."""
        ...


class Signer(Protocol):
    async def assertion(self, grant: Grant) -> str:
        """The signed assertion of a grant; a signer may answer with an earlier one that is equal but for its times and is still alive."""
        ...


class Backend(Protocol):
    async def call(self, forward: Forward, assertion: str, body: bytes, policy: ResponsePolicy) -> Answer:
        """Send the call with the assertion added, read at most the policy's size; raises CallFailed.

        A backend port that never answers with a stream is a right one, too.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One line of the audit: which app, which step or status, how long; no path parameters, no person."""

    app_id: str
    version_code: int
    method: str
    status: int
    code: str | None
    milliseconds: int
    sent: int
    received: int
    at: datetime


class Audit(Protocol):
    def record(self, request: GatewayRequest, passage: Passage) -> None:
        """Note a passage; must not wait."""
        ...


class Stale(Protocol):
    """Good answers of routes that may be answered with an old one while their backend fails (RFC 5861, stale-if-error)."""

    async def find(self, key: str) -> tuple[Answer, int] | None:
        """The last good answer and its age in seconds."""
        ...

    async def keep(self, key: str, answer: Answer, seconds: int) -> None:
        """Keep a good answer for so long."""
        ...


class NothingStale:
    """A host that keeps no answers."""

    async def find(self, key: str) -> tuple[Answer, int] | None:  # noqa: ARG002 (the protocol's signature)
        return None

    async def keep(self, key: str, answer: Answer, seconds: int) -> None:  # noqa: ARG002 (the protocol's signature)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything the runner needs from its host."""

    quotas: Quotas
    breakers: Breakers
    signer: Signer
    backend: Backend
    audit: Audit
    stale: Stale = field(default_factory=NothingStale)
