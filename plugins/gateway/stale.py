"""Keeps the last good answers of routes that allow it, sealed in Redis: without Redis nothing stands in for a failing backend."""

import base64
from collections import OrderedDict
from time import monotonic
from typing import Final

import orjson

from hanoismart import clock
from hanoismart.gateway import Answer
from kernel.cache import Cache
from kernel.sealing import CannotOpen, keyring

FRESH: Final = 5.0
"""An answer is not written again within so many seconds: many callers of one route cost one write."""
_MOST: Final = 10_000


class StaleAnswers:
    """Answers under `stale:` in Redis; a person's are sealed like everybody's."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._written: OrderedDict[str, float] = OrderedDict()

    async def find(self, key: str) -> tuple[Answer, int] | None:
        """The last good answer and its age in seconds; one that cannot be read is none."""
        stored = await self._cache.get(f"stale:{key}")
        if stored is None:
            return None
        try:
            document = orjson.loads(keyring().open(stored, context=key.encode()))
        except (CannotOpen, ValueError):
            return None
        headers = tuple((name, value) for name, value in document["headers"])
        age = max(0, round(clock.now().timestamp() - document["at"]))
        return Answer(status=document["status"], headers=headers, body=base64.b64decode(document["body"])), age

    async def keep(self, key: str, answer: Answer, seconds: int) -> None:
        """Keep a good answer for so long."""
        if monotonic() - self._written.get(key, -FRESH) < FRESH:
            return
        self._written[key] = monotonic()
        self._written.move_to_end(key)
        if len(self._written) > _MOST:
            self._written.popitem(last=False)
        document = {
            "status": answer.status,
            "headers": answer.headers,
            "body": base64.b64encode(answer.body).decode(),
            "at": clock.now().timestamp(),
        }
        await self._cache.put(f"stale:{key}", keyring().seal(orjson.dumps(document), context=key.encode()), seconds=seconds)
