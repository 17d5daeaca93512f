"""Counts calls in Redis for all processes; without Redis each process counts for itself."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from hanoismart.gateway import QuotaPolicy, Verdict, Window
from kernel.cache import Cache

# The pure Window decides; the script only answers what stands, and adds one exactly where Window will allow it.
_SCRIPT: Final = """
local found = {}
for i = 1, #KEYS, 2 do
  local current = tonumber(redis.call('GET', KEYS[i]) or '0')
  local previous = tonumber(redis.call('GET', KEYS[i + 1]) or '0')
  local at = (i - 1) / 2 * 3
  if current + previous * (1 - tonumber(ARGV[at + 2])) + 1 <= tonumber(ARGV[at + 1]) then
    redis.call('INCR', KEYS[i])
    redis.call('EXPIRE', KEYS[i], ARGV[at + 3])
  end
  found[i], found[i + 1] = current, previous
end
return found
"""
_MOST: Final = 50_000
Quotas = tuple[tuple[str, QuotaPolicy], ...]


class SharedQuotas:
    """Moving windows under `quota:` in Redis."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._own: OrderedDict[str, Window] = OrderedDict()

    async def take(self, quotas: Quotas, now: datetime) -> tuple[Verdict, ...]:
        seconds = now.timestamp()
        keys: list[str] = []
        arguments: list[str | int | float] = []
        for key, policy in quotas:
            number = int(seconds // policy.seconds)
            keys += [f"quota:{key}:{number}", f"quota:{key}:{number - 1}"]
            arguments += [policy.limit, (seconds % policy.seconds) / policy.seconds, policy.seconds * 2]
        found = await self._cache.run(_SCRIPT, keys, arguments)
        if found is None:
            return tuple(self._alone(key, policy, now) for key, policy in quotas)
        return tuple(
            Window(int(seconds // policy.seconds), int(found[2 * place]), int(found[2 * place + 1])).take(policy, now)[1]
            for place, (_, policy) in enumerate(quotas)
        )

    def _alone(self, key: str, policy: QuotaPolicy, now: datetime) -> Verdict:
        self._own[key], verdict = self._own.get(key, Window()).take(policy, now)
        self._own.move_to_end(key)
        if len(self._own) > _MOST:
            self._own.popitem(last=False)
        return verdict
