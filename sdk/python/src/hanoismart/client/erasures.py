"""What an app was told to erase and has not said it did: people who removed it, or whose account is gone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from hanoismart.client.errors import NotFound

EVENT: Final = "account.erased"
Call = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Erasure:
    """One duty: erase what you hold of `sub`, and say so by `due_at`. `reason` is removed (the app) or account_erased."""

    id: str
    sub: str
    reason: str
    asked_at: datetime
    due_at: datetime
    confirmed_at: datetime | None


class Erasures:
    """`await hub.erasures.owed()`, `await hub.erasures.confirm(id)`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def owed(self) -> list[Erasure]:
        """What is not confirmed, the oldest first, at most 500. Raises HubRefused."""
        return [_erasure(one) for one in (await self._call("GET", "/v1/backend/erasures"))["items"]]

    async def confirm(self, erasure_id: str) -> Erasure:
        """Say that everything about the person is erased; said twice is said once. Raises HubRefused (NotFound for another app's)."""
        return _erasure(await self._call("POST", f"/v1/backend/erasures/{quote(erasure_id, safe='')}/confirm", again=True))

    async def confirm_heard(self, data: Mapping[str, object]) -> None:
        """Confirm what an `account.erased` was about; one that names no duty, or none of this hub's (a test event), asks for nothing."""
        erasure_id = data.get("erasure_id")
        if not isinstance(erasure_id, str):
            return
        try:
            await self.confirm(erasure_id)
        except NotFound:
            return


def _erasure(document: Mapping[str, Any]) -> Erasure:
    confirmed = document["confirmed_at"]
    return Erasure(
        id=str(document["id"]),
        sub=str(document["sub"]),
        reason=str(document["reason"]),
        asked_at=datetime.fromisoformat(document["asked_at"]),
        due_at=datetime.fromisoformat(document["due_at"]),
        confirmed_at=None if confirmed is None else datetime.fromisoformat(confirmed),
    )
