"""What an app keeps for one person at the hub: small values by key, 1 MB for each app and person, gone when the person goes."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from hanoismart.client.errors import NotFound

Call = Callable[..., Awaitable[dict[str, Any]]]
MAX_KEY: Final = 128


class Storage:
    """One person's values; a value is anything JSON can say, up to 64 KB."""

    def __init__(self, call: Call, sub: str) -> None:
        self._call = call
        self._base = f"/v1/backend/storage/{quote(sub, safe='')}"

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` where there is none. Raises HubRefused (PersonUnknown where it is nobody this app knows)."""
        try:
            return (await self._call("GET", self._path(key)))["value"]
        except NotFound:
            return default

    async def set(self, key: str, value: Any) -> None:
        """Keep a value. Raises HubRefused where it is too large or the megabyte is full."""
        await self._call("PUT", self._path(key), json={"value": value})

    async def remove(self, key: str) -> None:
        """Forget a value; what is not there is forgotten already. Raises HubRefused."""
        await self._call("DELETE", self._path(key))

    async def info(self) -> dict[str, Any]:
        """`keys`, the bytes they take (`size`) and may take (`limit`). Raises HubRefused."""
        return await self._call("GET", self._base)

    def _path(self, key: str) -> str:
        if not 0 < len(key) <= MAX_KEY:
            raise ValueError(f"a key has 1 to {MAX_KEY} characters")
        return f"{self._base}/{quote(key, safe='')}"
