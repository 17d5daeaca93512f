"""How much an app or a person may call: a window that moves with time, and the headers that tell developers where they stand."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """At most `limit` calls in any `seconds`; `name` stands in the headers."""

    name: str
    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may pass, what remains, and in how many seconds there is room again."""

    policy: QuotaPolicy
    allowed: bool
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers); Retry-After where the call is refused."""
        policy = self.policy
        told = {
            "RateLimit-Policy": f'"{policy.name}";q={policy.limit};w={policy.seconds}',
            "RateLimit": f'"{policy.name}";r={self.remaining};t={self.reset}',
        }
        return told if self.allowed else {**told, "Retry-After": str(max(1, self.reset))}


@dataclass(frozen=True, slots=True)
class Window:
    """Calls counted in the present and the previous fixed window; the previous one fades out linearly.

    Two numbers per key instead of a list of calls: the estimate never lets more than twice the limit pass in any window, and on even
    traffic it is exact. `number` is the running number of the present window.
    """

    number: int = 0
    current: int = 0
    previous: int = 0

    def take(self, policy: QuotaPolicy, now: datetime) -> tuple["Window", Verdict]:
        """The window after one more call, and whether that call may pass; a refused call is not counted."""
        seconds = now.timestamp()
        window = self._at(int(seconds // policy.seconds))
        fraction = (seconds % policy.seconds) / policy.seconds
        used = window.current + window.previous * (1 - fraction)
        if used + 1 > policy.limit:
            return window, Verdict(policy, allowed=False, remaining=0, reset=window.room_in(policy, fraction))
        taken = Window(window.number, window.current + 1, window.previous)
        return taken, Verdict(policy, allowed=True, remaining=max(0, math.floor(policy.limit - used - 1)), reset=_rest(policy, fraction))

    def _at(self, number: int) -> "Window":
        if number <= self.number:
            return self
        return Window(number, 0, self.current if number == self.number + 1 else 0)

    def room_in(self, policy: QuotaPolicy, fraction: float) -> int:
        """Seconds until a refused call would pass, seen from `fraction` of the present window."""
        if self.previous and self.current + 1 <= policy.limit:
            until = 1 - (policy.limit - 1 - self.current) / self.previous  # the fraction at which the previous window has faded enough
            return max(1, math.ceil((until - fraction) * policy.seconds))
        return _rest(policy, fraction)


def _rest(policy: QuotaPolicy, fraction: float) -> int:
    return max(1, math.ceil((1 - fraction) * policy.seconds))


def tightest(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict that decides: a refusal before any permission, then the one with the least left."""
    return min(verdicts, key=lambda one: (one.allowed, one.remaining))
