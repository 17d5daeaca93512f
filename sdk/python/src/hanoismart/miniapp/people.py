"""The person behind a call, as the gateway's assertion names them, and the dependency that asks for it."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hanoismart import clock, tokens
from hanoismart.text import Text
from hanoismart.tokens import Grant, PublicKeys, TokenError, TokenKeyUnknown

KeySource = Callable[[bool], Awaitable[PublicKeys]]
"""Gives the hub's public keys; True asks for fresh ones, because a key id was not among the held."""
_HELD: Final = 5_000


class AssertionRefused(Exception):
    """A call that did not come through the city's gateway; `step` names the check that failed, `missing` where there is no assertion."""

    status: Final = 401
    code: Final = "miniapp.assertion_refused"
    title: Final = Text(vi="Yêu cầu không đến từ cổng của thành phố", en="The request does not come through the city's gateway")

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(step)

    def body(self) -> dict[str, object]:
        return {"code": self.code, "title": {"vi": self.title.vi, "en": self.title.en}, "step": self.step}


class ScopesMissing(Exception):
    """The person has not agreed to what the route needs; `scopes` names it."""

    status: Final = 403
    code: Final = "miniapp.scope_missing"
    title: Final = Text(vi="Cần sự đồng ý của bạn cho phạm vi này", en="This needs your consent to a scope")

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = tuple(sorted(scopes))
        super().__init__(", ".join(self.scopes))

    def body(self) -> dict[str, object]:
        return {"code": self.code, "title": {"vi": self.title.vi, "en": self.title.en}, "scopes": list(self.scopes)}


@dataclass(frozen=True, slots=True)
class User:
    """A person as far as this app knows them: a subject of its own, and what they agreed to.

    `act_for` names the organisation they act for, with their `roles` there.
    """

    sub: str
    scopes: frozenset[str]
    acr: str
    act_for: str | None
    roles: frozenset[str]
    grant: Grant

    @classmethod
    def of(cls, grant: Grant) -> "User | None":
        """The person of an assertion; None on a route open to anyone."""
        if grant.subject is None:
            return None
        return cls(grant.subject, grant.scopes, grant.acr, grant.act_for, grant.roles, grant)


class Assertions:
    """Checks HS-Assertion: each is verified once and remembered for its minute."""

    def __init__(self, app_id: str, issuer: str | None, keys: KeySource) -> None:
        self._app_id = app_id
        self._issuer = issuer
        self._keys = keys
        self._held: OrderedDict[str, Grant] = OrderedDict()

    async def grant(self, headers: Mapping[str, str]) -> Grant:
        """Raises AssertionRefused."""
        raw = headers.get(tokens.ASSERTION_HEADER) or headers.get(tokens.ASSERTION_HEADER.lower())
        if raw is None:
            raise AssertionRefused("missing")
        held = self._held.get(raw)
        if held is not None and held.expires_at > clock.now():
            return held
        try:
            grant = await self._verified(raw)
        except TokenError as refused:
            raise AssertionRefused(refused.step) from refused
        self._held[raw] = grant
        if len(self._held) > _HELD:
            self._held.popitem(last=False)
        return grant

    async def _verified(self, raw: str) -> Grant:
        try:
            return self._check(raw, await self._keys(False))
        except TokenKeyUnknown:
            return self._check(raw, await self._keys(True))

    def _check(self, raw: str, keys: PublicKeys) -> Grant:
        return tokens.verify_assertion(raw, keys=keys, app_id=self._app_id, now=clock.now(), issuer=self._issuer)


def dependency(find: Callable[[Mapping[str, str]], Awaitable[User | None]]) -> Callable[..., Awaitable[Any]]:
    """A FastAPI dependency that answers with `find`'s person, its refusals as HTTP answers. Needs FastAPI, which the backend brings."""
    from fastapi import HTTPException, Request

    async def user(request: Request) -> User | None:
        try:
            return await find(request.headers)
        except (AssertionRefused, ScopesMissing) as refused:
            raise HTTPException(refused.status, refused.body()) from refused

    return user
