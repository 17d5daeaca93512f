"""Counts calls in Redis for all processes, a few at a time; without Redis each process counts for itself.

A process takes a small share of what is left in one question and spends it without asking: no window ever lets more pass than its limit;
what a process took and did not spend is lost to the others until the window has gone by.
"""

from collections import OrderedDict
from datetime import datetime
from math import floor
from time import monotonic
from typing import Final

from hanoismart.gateway import QuotaPolicy, Verdict, Window
from kernel.cache import Cache

# The same sum as Window's: what stands in this window, and the fading rest of the one before.
_SCRIPT: Final = """
local found = {}
for i = 1, #KEYS, 2 do
  local at = (i - 1) / 2 * 4
  local current = tonumber(redis.call('GET', KEYS[i]) or '0')
  local previous = tonumber(redis.call('GET', KEYS[i + 1]) or '0')
  local room = math.floor(tonumber(ARGV[at + 1]) - current - previous * (1 - tonumber(ARGV[at + 2])))
  local granted = math.max(0, math.min(room, tonumber(ARGV[at + 4])))
  if granted > 0 then
    redis.call('INCRBY', KEYS[i], granted)
    redis.call('EXPIRE', KEYS[i], ARGV[at + 3])
  end
  found[(i - 1) / 2 * 3 + 1] = current
  found[(i - 1) / 2 * 3 + 2] = previous
  found[(i - 1) / 2 * 3 + 3] = granted
end
return found
"""
_MOST: Final = 50_000
_SHARES: Final = 10
_LARGEST: Final = 200
_AT_ONCE_SECONDS: Final = 2.0
_TRIES: Final = 3  # others may have spent what one asked for
_REFUSED_SECONDS: Final = 0.25
"""So long a refusal is repeated without asking: a flood must not become a flood of questions."""
Quotas = tuple[tuple[str, QuotaPolicy], ...]


class _Lease:
    """What this process may still spend of one window without asking; `used` counts against the limit by now, `left` not included."""

    __slots__ = ("left", "number", "refused", "refused_until", "share", "taken_at", "used")

    def __init__(self, number: int, left: int, used: int, share: int) -> None:
        self.share = share
        self.taken_at = monotonic()
        self.number = number
        self.left = left
        self.used = used
        self.refused: Verdict | None = None
        self.refused_until = 0.0


class SharedQuotas:
    """Moving windows under `quota:` in Redis."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._own: OrderedDict[str, Window] = OrderedDict()

    async def take(self, quotas: Quotas, now: datetime) -> tuple[Verdict, ...]:
        seconds = now.timestamp()
        for _ in range(_TRIES):
            leases = [self._usable(key, policy, seconds) for key, policy in quotas]
            if None not in leases:
                return _spent([one for one in leases if one is not None], quotas, seconds)
            if not await self._ask([pair for pair, lease in zip(quotas, leases, strict=True) if lease is None], seconds):
                break
        return tuple(self._alone(key, policy, now) for key, policy in quotas)

    def _usable(self, key: str, policy: QuotaPolicy, seconds: float) -> _Lease | None:
        """The lease, if it can answer: something is left of it, or it was refused a moment ago."""
        lease = self._leases.get(key)
        if lease is None or lease.number != int(seconds // policy.seconds):
            return None
        return lease if lease.left > 0 or lease.refused_until > monotonic() else None

    async def _ask(self, quotas: list[tuple[str, QuotaPolicy]], seconds: float) -> bool:
        keys: list[str] = []
        arguments: list[str | int | float] = []
        for key, policy in quotas:
            number = int(seconds // policy.seconds)
            keys += [f"quota:{key}:{number}", f"quota:{key}:{number - 1}"]
            arguments += [policy.limit, (seconds % policy.seconds) / policy.seconds, policy.seconds * 2, self._share(key, policy)]
        found = await self._cache.run(_SCRIPT, keys, arguments)
        if found is None:
            return False
        for place, (key, policy) in enumerate(quotas):
            current, previous, granted = (int(one) for one in found[3 * place : 3 * place + 3])
            self._hold(key, policy, seconds, current, previous, granted)
        return True

    def _share(self, key: str, policy: QuotaPolicy) -> int:
        """A tenth of the limit; twice the last share where that was spent at once, up to a third: who calls fast calls here."""
        before = self._leases.get(key)
        first = max(1, min(policy.limit // _SHARES, _LARGEST))
        if before is None or before.left > 0 or monotonic() - before.taken_at > _AT_ONCE_SECONDS:
            return first
        return max(first, min(before.share * 2, policy.limit // 3, _LARGEST))

    def _hold(self, key: str, policy: QuotaPolicy, seconds: float, current: int, previous: int, granted: int) -> None:
        number, fraction = int(seconds // policy.seconds), (seconds % policy.seconds) / policy.seconds
        before = self._leases.get(key)
        left = before.left if before is not None and before.number == number else 0  # two questions at once: both answers count
        used = floor(current + previous * (1 - fraction)) - left
        lease = self._leases[key] = _Lease(number, left + granted, used, self._share(key, policy))
        self._leases.move_to_end(key)
        if not lease.left:
            lease.refused = Verdict(policy, allowed=False, remaining=0, reset=Window(number, current, previous).room_in(policy, fraction))
            lease.refused_until = monotonic() + _REFUSED_SECONDS
        if len(self._leases) > _MOST:
            self._leases.popitem(last=False)

    def _alone(self, key: str, policy: QuotaPolicy, now: datetime) -> Verdict:
        self._own[key], verdict = self._own.get(key, Window()).take(policy, now)
        self._own.move_to_end(key)
        if len(self._own) > _MOST:
            self._own.popitem(last=False)
        return verdict


def _spent(leases: list[_Lease], quotas: Quotas, seconds: float) -> tuple[Verdict, ...]:
    """One call of each; where one of them refuses, nothing is spent of the others."""
    allowed = True
    for lease in leases:
        allowed = allowed and lease.left > 0
    verdicts = []
    for lease, (_, policy) in zip(leases, quotas, strict=True):
        if allowed:
            lease.left -= 1
            lease.used += 1
        if lease.refused is not None and lease.left <= 0 and not allowed:
            verdicts.append(lease.refused)
            continue
        rest = policy.seconds - int(seconds % policy.seconds)
        verdicts.append(Verdict(policy, allowed=True, remaining=max(0, policy.limit - lease.used), reset=rest))
    return tuple(verdicts)
