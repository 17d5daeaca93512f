"""A hub of its own for measuring: embedded servers under a temporary folder, one person signed in."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import select

from app import wiring
from app.composition import compose
from app.demo.clients import register_clients
from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.main import Hub
from identity.clients import service as clients
from identity.clients.models import OAuthClient
from identity.oauth import tokens
from identity.oauth.models import Grant
from identity.oauth.tokens import Aim
from identity.people import service as people
from identity.people.models import PersonKind
from identity.people.service import NewPerson
from identity.proofing import enrolments
from kernel import embedded
from kernel.settings import Settings
from migrations import runner


@dataclass(frozen=True, slots=True)
class World:
    hub: Hub
    http: httpx.AsyncClient
    phone: Phone
    database_url: str
    redis_url: str

    async def unbound_token(self) -> str:
        """An access token that is bound to no key, as a mini-app's page would hold one; for measuring the cached check alone."""
        async with self.hub.process.database.transaction() as session:
            grant = (await session.scalars(select(Grant).order_by(Grant.created_at.desc()).limit(1))).one()
            client = await clients.find(session, grant.client_id)
            assert isinstance(client, OAuthClient)
            session.expunge(grant)
            grant.dpop_jkt = None
            return (await tokens.access_token(session, client, grant, Aim(grant.resource, grant.scope, client.sector))).token


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="hs-bench-") as folder, embedded.running(Path(folder), durable=True) as servers:
        await runner.upgrade(servers.database_url)
        wiring.install()
        chosen = Settings(
            _env_file=None, environment="test", database_url=servers.database_url, redis_url=servers.redis_url, log_requests=False
        )
        hub = Hub(compose(chosen, application_name="bench", hub_in_process=True))
        async with hub.process.database.transaction() as session:
            await register_clients(session)
            person_id = await people.create(session, NewPerson(PersonKind.RESIDENT, "Nguyễn Thị Lan", 2))
            secret = await enrolments.issue(session, person_id)
        async with hub.open(), httpx.AsyncClient(transport=httpx.ASGITransport(app=hub), base_url=chosen.public_url) as http:
            phone = Phone(http, SoftwarePasskey(chosen.public_url))
            await phone.enrol(secret)
            await phone.sign_in()
            yield World(hub, http, phone, servers.database_url, servers.redis_url)
