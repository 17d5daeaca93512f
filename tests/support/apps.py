"""A small hub for tests: any routers behind the real stack, with a caller a test may choose."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.types import ASGIApp

from hanoismart.clock import now
from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from hanoismart.server.service import api
from kernel.access import Caller
from kernel.http import stack
from kernel.models import answers
from kernel.sealing import keyring


class ChosenCaller:
    """An authenticator that believes the test: `X-Test-Person`, or the caller set on it."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.permissions: frozenset[str] = frozenset()

    async def __call__(self, request: Request) -> Caller | None:  # noqa: ARG002 (the protocol's signature)
        return self.caller

    async def permissions_of(self, _session: AsyncSession, _person_id: UUID) -> frozenset[str]:
        return self.permissions

    def person(
        self,
        person_id: UUID,
        *,
        acr: int = 2,
        permissions: Sequence[str] = (),
        scopes: Sequence[str] = ("openid",),
        session_id: UUID | None = None,
    ) -> None:
        """Every further request comes from this person; `session_id` is a sign-in of theirs, where an operation asks how fresh it is."""
        self.caller = Caller(
            "person",
            f"person:{person_id}",
            "test-client",
            "test",
            frozenset(scopes),
            person_id,
            acr,
            now(),
            session_id or uuid4(),
            sub=f"test.{person_id}",
        )
        self.permissions = frozenset(permissions)

    def client(self, client_id: str, *, scopes: Sequence[str] = ()) -> None:
        """Every further request comes from this client on its own account."""
        self.caller = Caller("client", f"client:{client_id}", client_id, "test", frozenset(scopes), sub=client_id)

    def nobody(self) -> None:
        self.caller = None


class Served:
    """An app under test and the client that calls it."""

    def __init__(self, client: httpx.AsyncClient, caller: ChosenCaller, app: ASGIApp) -> None:
        self.client = client
        self.caller = caller
        self.app = app


@asynccontextmanager
async def served(database: Database, routers: Sequence[APIRouter], *, parts: dict[str, Any] | None = None) -> AsyncIterator[Served]:
    """The routers behind the real stack on `database`; no caller until one is chosen."""
    caller = ChosenCaller()
    runtime = Runtime(database, Cursors(b"test" * 8), Replays(answers, keyring()), {"permissions": caller.permissions_of} | (parts or {}))
    app = stack(api("test", routers), runtime, caller)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield Served(client, caller, app)
