"""A whole hub for tests: every room behind the real stack, in process, with a phone that calls it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from app import wiring
from app.composition import Process, compose
from app.demo.clients import register_clients
from app.demo.devices.mobile import Phone
from app.demo.devices.passkey import SoftwarePasskey
from app.main import Hub
from hanoismart.server.database import Database
from identity.keys import service as keys
from identity.proofing import enrolments
from kernel.settings import Settings
from tests.support.people import a_person

BASE = "http://localhost:8000"


@asynccontextmanager
async def running_hub(url: str, redis_url: str) -> AsyncIterator[Hub]:
    """The hub on a committed database; what runs beside requests runs."""
    wiring.install()
    keys.forget()
    chosen = Settings(_env_file=None, environment="test", database_url=url, redis_url=redis_url)
    hub = Hub(compose(chosen, application_name="test", hub_in_process=True))
    async with hub.process.database.transaction() as session:
        await register_clients(session)
    async with hub.open():
        yield hub


@asynccontextmanager
async def calling(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=hub, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def phone_of(process: Process, http: httpx.AsyncClient, *, name: str = "Lan", **person: object) -> Phone:
    """A signed-in person's phone, enrolled through the real passkey routes."""
    async with process.database.transaction() as session:
        person_id = await a_person(session, name=name, **person)  # type: ignore[arg-type]  # a_person's own options
        secret = await enrolments.issue(session, person_id)
    phone = Phone(http, SoftwarePasskey(BASE))
    await phone.enrol(secret)
    await phone.sign_in()
    return phone


def database_of(hub: Hub) -> Database:
    return hub.process.database
