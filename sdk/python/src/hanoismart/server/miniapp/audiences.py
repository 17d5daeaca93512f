"""Who may call a mini-app's route: a citizen through the gateway, or anybody through the gateway."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from hanoismart.client import Hub
from hanoismart.problems import Problem
from hanoismart.server.miniapp.verification import AssertionRefused, Verifier
from hanoismart.text import Text
from hanoismart.tokens import ASSERTION_HEADER, Grant

GATEWAY: list[dict[str, list[str]]] = [{"gatewayAssertion": []}]


class ScopeMissing(Problem):
    code = "miniapp.scope_missing"
    status = 403
    title = Text(vi="Cần sự đồng ý của bạn cho phạm vi này", en="This needs your consent to a scope")


class CitizenRequired(Problem):
    code = "miniapp.citizen_required"
    status = 401
    title = Text(vi="Cần mở ứng dụng bằng tài khoản của bạn", en="Open the app with your account first")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person who calls, as far as this app knows them: a subject of its own, and what they agreed to."""

    subject: str
    grant: Grant

    @property
    def scopes(self) -> frozenset[str]:
        return self.grant.scopes


async def _grant(request: Request) -> Grant:
    verifier: Verifier = request.scope["runtime"].parts["verifier"]
    return await verifier.grant(request.headers.get(ASSERTION_HEADER))


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person who came through the gateway and agreed to `scopes`."""

    scopes: frozenset[str] = frozenset()
    name: str = "citizen"
    security: list[dict[str, list[str]]] = field(default_factory=lambda: GATEWAY)
    problems: tuple[type[Problem], ...] = (AssertionRefused, CitizenRequired, ScopeMissing)

    async def admit(self, request: Request) -> None:
        grant = await _grant(request)
        if grant.subject is None:
            raise CitizenRequired
        if missing := self.scopes - grant.scopes:
            raise ScopeMissing(scopes=sorted(missing))
        request.scope["caller"] = Visitor(grant.subject, grant)


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody, but only through the gateway: its assertion is asked for, and says nothing about a person."""

    name: str = "public"
    security: list[dict[str, list[str]]] = field(default_factory=lambda: GATEWAY)
    problems: tuple[type[Problem], ...] = (AssertionRefused,)

    async def admit(self, request: Request) -> None:
        await _grant(request)


@dataclass(frozen=True, slots=True)
class WithHub:
    """The hub itself, which proves who it is by signing what it sends; the route checks the signature over the raw body."""

    name: str = "hub"
    security: list[dict[str, list[str]]] = field(default_factory=list)

    async def admit(self, request: Request) -> None:  # noqa: ARG002 (the protocol's signature)
        return None


async def visitor_of(request: Request) -> Visitor:
    """The citizen of a route whose audience is Citizen. Raises CitizenRequired elsewhere."""
    visitor: Visitor | None = request.scope.get("caller")
    if visitor is None:
        raise CitizenRequired
    return visitor


VisitorDep = Annotated[Visitor, Depends(visitor_of)]


def user(scopes: list[str] | tuple[str, ...] = ()) -> Callable[[Request], Awaitable[Visitor]]:
    """A dependency for plain FastAPI routes: `Depends(user(scopes=["profile.name"]))`. Raises what Citizen raises."""
    audience = Citizen(frozenset(scopes))

    async def admitted(request: Request) -> Visitor:
        await audience.admit(request)
        return await visitor_of(request)

    return admitted


def hub_of(request_or_resources: Any) -> Hub:
    """The client of the hub, from a request or from a job's resources."""
    parts = request_or_resources.scope["runtime"].parts if isinstance(request_or_resources, Request) else request_or_resources
    hub: Hub = parts["hub"]
    return hub
