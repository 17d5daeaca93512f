"""The hub's public keys, fetched and held for a while, so that checking a signature costs no call."""

from datetime import datetime
from typing import Final

import httpx

from hanoismart import clock, tokens
from hanoismart.client.errors import HubUnreachable

PATH: Final = "/.well-known/hanoismart/miniapp-keys.json"
_HELD: Final = 600.0
_FRESH: Final = 10.0


class HubKeys:
    """The keys for launch tokens, assertions and webhooks; asked again after ten minutes."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._kept: tuple[datetime, tokens.PublicKeys] | None = None

    async def __call__(self, fresh: bool = False) -> tokens.PublicKeys:  # noqa: FBT001, FBT002 (the type of a key source)
        """`fresh` asks again after ten seconds, for a key id that is not among the held. Raises HubUnreachable."""
        now = clock.now()
        if self._kept is None or (now - self._kept[0]).total_seconds() > (_FRESH if fresh else _HELD):
            try:
                response = await self._http.get(PATH)
                response.raise_for_status()
            except httpx.HTTPError as failure:
                if self._kept is not None:
                    return self._kept[1]
                raise HubUnreachable(PATH) from failure
            self._kept = (now, tokens.public_keys(response.json()))
        return self._kept[1]
