"""Who is calling, and the audiences a route of the hub may name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.server.edge import open_session
from hanoismart.text import Text

BEARER: list[dict[str, list[str]]] = [{"accessToken": []}]
STEP_UP_ERROR = "insufficient_user_authentication"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller: a person through a client, or a client on its own account.

    `sub` is the subject the token names; `epoch` the generation of the mini-app its token was made for. `foreign`: the person comes
    through a client that is not ours, a relying party, and may use only what a scope opens by name. `act_for`: whom the person acts for
    by a mandate that counts now, with `roles` there.
    """

    kind: Literal["person", "client"]
    subject: str
    client_id: str
    audience: str
    scopes: frozenset[str] = frozenset()
    person_id: UUID | None = None
    acr: int = 0
    auth_time: datetime | None = None
    session_id: UUID | None = None
    expires_at: datetime | None = None
    sub: str = ""
    epoch: int | None = None
    token: str = field(default="", repr=False)
    foreign: bool = False
    act_for: str | None = None
    roles: frozenset[str] = frozenset()
    grant_id: UUID | None = None

    @property
    def person(self) -> UUID:
        """The person. Raises SignInRequired when a client calls on its own account."""
        if self.person_id is None:
            raise SignInRequired
        return self.person_id


class SignInRequired(Problem):
    code = "access.sign_in_required"
    status = 401
    title = Text(vi="Cần đăng nhập", en="Sign-in is required")

    def __init__(self, *, scheme: str = "DPoP", error: str | None = None) -> None:
        challenge = scheme if error is None else f'{scheme} error="{error}"'
        super().__init__(headers={"WWW-Authenticate": challenge})


class TokenRefused(Problem):
    code = "access.token_refused"
    status = 401
    title = Text(vi="Mã truy cập không hợp lệ hoặc đã hết hạn", en="The access token is not valid or has expired")

    def __init__(self, error: str = "invalid_token", *, nonce: str | None = None) -> None:
        headers = {"WWW-Authenticate": f'DPoP error="{error}", algs="ES256 EdDSA"'}
        super().__init__(headers=headers | ({"DPoP-Nonce": nonce} if nonce else {}), error=error)


class StepUpRequired(Problem):
    code = "access.step_up_required"
    status = 401
    title = Text(vi="Thao tác này cần xác thực ở mức cao hơn", en="This needs a stronger sign-in")

    def __init__(self, acr: int, *, max_age: int | None = None) -> None:
        """RFC 9470: the least level, and the greatest age of the sign-in in seconds."""
        challenge = f'DPoP error="{STEP_UP_ERROR}", acr_values="urn:hanoi:loa:{acr}"'
        super().__init__(headers={"WWW-Authenticate": challenge if max_age is None else f"{challenge}, max_age={max_age}"})


class ScopeMissing(Problem):
    code = "access.scope_missing"
    status = 403
    title = Text(vi="Mã truy cập không có phạm vi cần thiết", en="The access token lacks the scope this needs")


class NotAllowed(Problem):
    code = "access.not_allowed"
    status = 403
    title = Text(vi="Bạn không có quyền làm việc này", en="You are not allowed to do this")


Permissions = Callable[[AsyncSession, UUID], Awaitable[frozenset[str]]]


async def caller_of(request: Request) -> Caller:
    """The verified caller of a request. Raises what the authentication found wrong, or SignInRequired."""
    refusal: Problem | None = request.scope.get("caller_refusal")
    if refusal is not None:
        raise refusal
    caller: Caller | None = request.scope.get("caller")
    if caller is None:
        raise SignInRequired
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person; `acr` is the least identity level (0 to 3), `scope` what the token must carry.

    Without a scope the route is for our own clients only: a relying party that signs a person in does not act for them.
    """

    acr: int = 0
    scope: str | None = None
    name: str = "person"
    security: list[dict[str, list[str]]] = field(default_factory=lambda: BEARER)
    problems: tuple[type[Problem], ...] = (SignInRequired, TokenRefused, StepUpRequired, ScopeMissing)

    async def admit(self, request: Request) -> None:
        caller = await caller_of(request)
        if caller.person_id is None:
            raise SignInRequired
        if caller.acr < self.acr:
            raise StepUpRequired(self.acr)
        if caller.foreign if self.scope is None else self.scope not in caller.scopes:
            raise ScopeMissing


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client on its own account: a mini-app's backend or a partner (client_credentials).

    `narrow`: a scope that opens this door and hardly another.
    """

    scope: str
    narrow: str | None = None
    name: str = "client"
    security: list[dict[str, list[str]]] = field(default_factory=lambda: BEARER)
    problems: tuple[type[Problem], ...] = (SignInRequired, TokenRefused, ScopeMissing)

    async def admit(self, request: Request) -> None:
        caller = await caller_of(request)
        if caller.kind != "client":
            raise SignInRequired
        if not {self.scope, self.narrow} & caller.scopes:
            raise ScopeMissing


@dataclass(frozen=True, slots=True)
class Provider:
    """An outside party that proves itself by signing what it sends; the route verifies the signature over the raw body."""

    name: str = "provider"
    security: list[dict[str, list[str]]] = field(default_factory=list)

    async def admit(self, request: Request) -> None:  # noqa: ARG002 (the protocol's signature)
        return None


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in person at level 2 whose roles give the permission; who lacks it is not told what stands here."""

    permission: str
    name: str = "staff"
    security: list[dict[str, list[str]]] = field(default_factory=lambda: BEARER)
    problems: tuple[type[Problem], ...] = (SignInRequired, TokenRefused, StepUpRequired, NotAllowed)

    async def admit(self, request: Request) -> None:
        await Person(acr=2).admit(request)
        caller = await caller_of(request)
        permissions: Permissions = request.scope["runtime"].parts["permissions"]
        if self.permission not in await permissions(open_session(request), caller.person):
            raise NotAllowed
