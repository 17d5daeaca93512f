"""Runs one package's routers behind the hub's whole stack, with a caller named by a header of the test."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.types import ASGIApp

from hanoismart.server.database import Database
from hanoismart.server.idempotency import Replays
from hanoismart.server.paging import Cursors
from hanoismart.server.runtime import Runtime
from hanoismart.server.service import api
from kernel.access import Caller
from kernel.http import stack
from kernel.models import answers
from kernel.sealing import keyring

_PERSON, _ENDS = "x-test-person", "x-test-token-ends"


async def _caller(request: Request) -> Caller | None:
    person = request.headers.get(_PERSON)
    if person is None:
        return None
    ends = request.headers.get(_ENDS)
    return Caller(
        kind="person",
        subject=person,
        client_id="test",
        audience="hub",
        person_id=UUID(person),
        acr=2,
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )


def service(routers: Sequence[APIRouter], database: Database, **parts: Any) -> ASGIApp:
    runtime = Runtime(database, Cursors(b"k" * 32), Replays(answers, keyring()), parts)
    return stack(api("test", routers), runtime, _caller)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub.test")


def acting(person_id: UUID, *, ends: datetime | None = None, locale: str = "vi") -> dict[str, str]:
    """Headers of a call by this person, with a token that ends at a moment."""
    return {_PERSON: str(person_id), "accept-language": locale} | ({_ENDS: ends.isoformat()} if ends else {})
