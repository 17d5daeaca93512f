"""Signs assertions, one per caller and minute: equal grants share one."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from joserfc.jwk import OKPKey

from hanoismart import tokens
from hanoismart.server.database import Database
from hanoismart.tokens import Grant
from plugins.keys import signing_key

_MOST: Final = 20_000
_LEFT: Final = timedelta(seconds=20)  # an assertion that a backend gets is good for at least this long
_Same = tuple[str, str | None, str, frozenset[str], str | None, frozenset[str]]


class Assertions:
    """Signs with the hub's current key for mini-apps."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: OrderedDict[_Same, tuple[datetime, str]] = OrderedDict()

    async def assertion(self, grant: Grant) -> str:
        same: _Same = (grant.app_id, grant.subject, grant.acr, grant.scopes, grant.act_for, grant.roles)
        held = self._held.get(same)
        if held is not None and held[0] - grant.issued_at >= _LEFT and held[0] <= grant.expires_at:
            return held[1]
        signed = tokens.sign_assertion(grant, await self._key())
        self._held[same] = (grant.expires_at, signed)
        self._held.move_to_end(same)
        if len(self._held) > _MOST:
            self._held.popitem(last=False)
        return signed

    async def _key(self) -> OKPKey:
        async with self._database.transaction() as session:
            return await signing_key(session)
