"""Believes the gateway's assertion and nothing else; each assertion is checked once and remembered for its minute."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from hanoismart import clock, tokens
from hanoismart.problems import Problem
from hanoismart.text import Text
from hanoismart.tokens import Grant, PublicKeys, TokenError, TokenKeyUnknown

HELD = 5_000
KeySource = Callable[[bool], Awaitable[PublicKeys]]
"""Gives the hub's public keys; True asks for fresh ones, because a key id was not among the held."""


class AssertionRefused(Problem):
    code = "miniapp.assertion_refused"
    status = 401
    title = Text(vi="Yêu cầu không đến từ cổng của thành phố", en="The request does not come through the city's gateway")


class Verifier:
    """Checks assertions and launch tokens of one app against one hub."""

    def __init__(self, app_id: str, issuer: str, keys: KeySource) -> None:
        self.app_id = app_id
        self.issuer = issuer
        self._keys = keys
        self._held: OrderedDict[str, Grant] = OrderedDict()

    async def grant(self, raw: str | None) -> Grant:
        """Who calls. Raises AssertionRefused with the step that failed."""
        if raw is None:
            raise AssertionRefused(step="missing")
        held = self._held.get(raw)
        if held is not None and held.expires_at > clock.now():
            return held
        try:
            grant = await self._verified(raw)
        except TokenError as refused:
            raise AssertionRefused(step=refused.step) from refused
        self._held[raw] = grant
        if len(self._held) > HELD:
            self._held.popitem(last=False)
        return grant

    async def launch(self, raw: str) -> tokens.Launch:
        """Who opened the app; the caller keeps `grant.jti` as used. Raises AssertionRefused."""
        try:
            return tokens.verify_launch(raw, keys=await self._keys(False), app_id=self.app_id, now=clock.now(), issuer=self.issuer)
        except TokenError as refused:
            raise AssertionRefused(step=refused.step) from refused

    async def keys(self) -> PublicKeys:
        """The hub's public keys."""
        return await self._keys(False)

    async def _verified(self, raw: str) -> Grant:
        try:
            return self._check(raw, await self._keys(False))
        except TokenKeyUnknown:
            return self._check(raw, await self._keys(True))

    def _check(self, raw: str, keys: PublicKeys) -> Grant:
        return tokens.verify_assertion(raw, keys=keys, app_id=self.app_id, now=clock.now(), issuer=self.issuer)
