"""A hub with its gateway for tests: real tokens at the gateway, a chosen caller everywhere else, and a backend that shows what it got."""

import copy
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import httpx
from fastapi import APIRouter
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

import identity.routers
from hanoismart.client import Hub
from hanoismart.clock import now
from hanoismart.manifest.example import EXAMPLE, HS
from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from hanoismart.server.service import api
from hanoismart.text import Text
from identity.keys import service as keys
from identity.keys.models import KeyPurpose
from identity.oauth.authenticator import TokenAuthenticator
from identity.oauth.revocations import Revocations
from identity.organisations import service as organisations
from identity.organisations.models import OrganisationKind
from identity.sessions import service as sessions
from kernel.access import Caller
from kernel.cache import Cache
from kernel.http import Dispatch, stack
from kernel.models import answers
from kernel.sealing import keyring
from plugins.gateway.endpoint import Gateway
from plugins.registry import service as registry
from plugins.registry.placement import InProcess, Placement
from plugins.registry.service import Installation
from tests.support.people import a_person

APP = "vn.hanoi.parking"


def manifest(**hs: Any) -> dict[str, Any]:
    """The example manifest with some members of `hs` replaced."""
    return copy.deepcopy({**EXAMPLE, "hs": {**HS, **hs}})


async def installed(session: AsyncSession, document: Mapping[str, Any], placement: Placement | None = None, **more: Any) -> None:
    """The app in the registry, owned by an agency."""
    owner = await organisations.ensure(session, "H26.19", Text(vi="Sở Xây dựng", en="Department of Construction"), OrganisationKind.AGENCY)
    given = Installation(placement=placement or InProcess("tests"), organisation_id=owner.id, **more)
    await registry.install(session, document, given)


class Echo:
    """A backend that answers with what it was sent, or as told."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        self.body: bytes | None = None
        self.crash = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.crash:
            raise RuntimeError("the backend fell over")
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        call = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
            "body": body.decode(),
        }
        self.calls.append(call)
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": json.dumps(call).encode() if self.body is None else self.body})


class InThisProcess:
    """The port of in-process backends."""

    def __init__(self, **apps: ASGIApp) -> None:
        self.apps: dict[str, ASGIApp] = dict(apps)

    def app(self, app_id: str) -> ASGIApp | None:
        return self.apps.get(app_id)


class Chosen:
    """Real tokens count at the gateway and wherever one is sent; elsewhere the caller is whom the test, or its task (`acting`), chose."""

    def __init__(self, tokens: TokenAuthenticator) -> None:
        self.tokens = tokens
        self.caller: Caller | None = None
        self.acting: ContextVar[Caller | None] = ContextVar("acting", default=None)

    async def __call__(self, request: Request) -> Caller | None:
        if "authorization" in request.headers:
            return await self.tokens(request)
        return None if request.url.path.startswith("/v1/gw/") else self.acting.get() or self.caller


class SmallHub:
    """Hub, gateway and backends under test."""

    def __init__(self, database: Database, gateway: Gateway, chosen: Chosen, backends: InThisProcess, app: ASGIApp) -> None:
        self.database = database
        self.gateway = gateway
        self.chosen = chosen
        self.backends = backends
        self.app = app
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://localhost:8000"
        )

    async def signed_in(self, *, name: str = "Lan", acr: int = 2, person_id: UUID | None = None) -> UUID:
        """Every further request outside the gateway comes from this person, with a real session behind them."""
        async with self.database.transaction() as session:
            who = person_id or await a_person(session, name=name, level=acr)
            row, _ = await sessions.start(session, who, acr=acr, amr=["hwk", "user"], device="test")
            self.chosen.caller = Caller(
                "person", f"person:{who}", "test-client", "test", frozenset({"openid"}), who, acr, now(), row.id, sub=f"test.{who}"
            )
        return who

    def backend(self, key: OKPKey, app_id: str = APP) -> Hub:
        """The client a backend would use, with tokens and proofs of its own."""
        return Hub("http://localhost:8000", app_id, key, transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False))

    async def agree(self, app_id: str = APP) -> None:
        """Answer everything the app asks with yes."""
        asked = await self.client.post(f"/v1/miniapps/{app_id}/launch", json={})
        if asked.status_code == 409:
            granted = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked.json()["scopes"]]
            agreed = await self.client.post(f"/v1/miniapps/{app_id}/consent", json={"granted": granted})
            assert agreed.status_code == 201, agreed.text
        self.gateway.forget()

    async def opened(self, app_id: str = APP) -> dict[str, Any]:
        """The app, opened."""
        response = await self.client.post(f"/v1/miniapps/{app_id}/launch", json={"start_param": "pages/ticket?id=7"})
        assert response.status_code == 201, response.text
        return dict(response.json())


@asynccontextmanager
async def small_hub(database: Database, cache: Cache, routers: Sequence[APIRouter], **parts: Any) -> AsyncIterator[SmallHub]:
    """The routers and the gateway behind the real stack, with signing keys made."""
    keys.forget()
    async with database.transaction() as session:
        for purpose in KeyPurpose:
            await keys.ring(session, purpose)
    backends = InThisProcess()
    chosen = Chosen(TokenAuthenticator(database, Revocations(database), cache))
    gateway = Gateway(database, cache, backends)
    runtime = Runtime(database, Cursors(b"test" * 8), Replays(answers, keyring()), {"cache": cache, **parts})
    rooms = api("test", [*routers, *identity.routers.ROUTERS])
    for kind, handler in identity.routers.HANDLERS.items():
        rooms.add_exception_handler(kind, handler)
    app = stack(Dispatch({"v1/gw": gateway}, rooms), runtime, chosen)
    hub = SmallHub(database, gateway, chosen, backends, app)
    try:
        yield hub
    finally:
        await hub.client.aclose()
        await gateway.close()
        keys.forget()
