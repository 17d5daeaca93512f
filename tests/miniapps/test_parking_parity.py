"""Parking at both placements: the same story over a socket and in process, with the real hub, gives the same answers and the same words."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import select, text
from starlette.types import ASGIApp, Receive, Scope, Send

from hanoismart import clock, tokens
from hanoismart.server.database import Database
from hanoismart.server.jobs import Jobs, Run
from hanoismart.server.miniapp import MiniAppSettings, Mounted, mount
from hanoismart.server.worker import attempt
from hanoismart.worktime.calendar import HANOI
from identity.disclosures.models import Disclosure
from kernel.cache import Cache
from kernel.jobs import jobs as hub_jobs
from miniapps.parking.server import backend
from miniapps.parking.server.seed import seed
from notifications.inbox.models import Notification
from payments.events import PaymentSettled
from plugins import jobs as plugin_jobs
from plugins.api import reactions
from plugins.registry.placement import Http, InProcess, Placement
from plugins.routers import ROUTERS
from tests.support.databases import clone, drop
from tests.support.miniapps import SmallHub, installed, small_hub
from tests.support.sockets import listening

APP, ISSUER = backend.app_id, "http://localhost:8000"
KEY = tokens.new_key()
MANIFEST = json.loads((Path(__file__).parents[2] / "miniapps" / "parking" / "manifest.json").read_text(encoding="utf-8"))
PAYEE = {
    "kind": "operator",
    "key": "khai-thac-diem-do",
    "name": "CONG TY KHAI THAC DIEM DO",
    "bank_bin": "970436",
    "account": "0011001234567",
}
assert plugin_jobs.webhooks  # importing it registers the jobs


class Overheard:
    """The backend, with the gateway's words about each call written down."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.assertions: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard = dict(scope["headers"]).get(b"hs-assertion")
        if heard is not None:
            self.assertions.append(heard.decode())
        await self.app(scope, receive, send)


@dataclass
class Town:
    """Hub, backend, and the placement between them."""

    hub: SmallHub
    mounted: Mounted
    overheard: Overheard

    async def work(self, jobs: Jobs, name: str, resources: Mapping[str, Any]) -> None:
        """Run the waiting jobs of a name."""
        async with self.mounted.database.transaction() as session:
            taken = text(f"DELETE FROM {jobs.schema}.pgqueuer WHERE entrypoint = :name RETURNING payload")  # noqa: S608 (a name of ours)
            rows = (await session.execute(taken, {"name": name})).all()
        assert rows, name
        for row in rows:
            await attempt(jobs.registry[name], Run(json.loads(row.payload), 0, self.mounted.database, resources))


@asynccontextmanager
async def town(over_http: bool, database: Database, cache: Cache) -> AsyncIterator[Town]:
    async with AsyncExitStack() as open_things:
        hub = await open_things.enter_async_context(small_hub(database, cache, ROUTERS))
        base = await open_things.enter_async_context(listening(hub.app)) if over_http else ISSUER
        settings = MiniAppSettings(
            database_url=database.url.render_as_string(hide_password=False),
            hub_url=base,
            issuer=ISSUER,
            key=KEY,
            sealing_key=b"s" * 32,
            cursor_key=b"c" * 32,
        )
        transport = None if over_http else httpx.ASGITransport(app=hub.app)
        mounted = mount(backend, settings, transport=transport)
        open_things.push_async_callback(mounted.close)
        await mounted.migrate()
        await seed(mounted.database)
        overheard = Overheard(mounted.app)
        placement: Placement = InProcess("miniapps.parking.server")
        if over_http:
            placement = Http(await open_things.enter_async_context(listening(overheard)))
        else:
            hub.backends.apps[APP] = overheard
        async with database.transaction() as session:
            await installed(session, MANIFEST, placement, jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        yield Town(hub, mounted, overheard)


async def story(town: Town) -> dict[str, Any]:
    """Find, ask the price, park, pay, be told; what was answered, without ids and moments."""
    hub, gateway = town.hub, f"/v1/gw/{APP}"
    person = await hub.signed_in()
    await hub.agree(APP)
    headers = {"Authorization": f"Bearer {(await hub.opened(APP))['access_token']}"}
    found = (await hub.client.get(f"{gateway}/places?lat=21.0246&lon=105.8535&radius=300&vehicle_class=car")).json()["items"]
    wish = {"place_id": found[0]["id"], "vehicle_class": "car", "seconds": 7200}
    quoted = (await hub.client.post(f"{gateway}/quotes", json=wish)).json()
    started = await hub.client.post(f"{gateway}/sessions", headers=headers, json={**wish, "plate": "29A-123.45"})
    assert started.status_code == 201, started.text
    twice = await hub.client.post(f"{gateway}/sessions", headers=headers, json={**wish, "plate": "29a 12345"})
    session_id, payment = started.json()["id"], started.json()["payment"]
    await pay(town, person, payment["intent_id"], payment["amount"])
    running = (await hub.client.get(f"{gateway}/sessions/{session_id}", headers=headers)).json()
    refusals = [
        await hub.client.get(f"{gateway}/sessions"),
        await hub.client.get(f"{gateway}/sessions/../places"),
        await hub.client.get(f"{gateway}/nothing", headers=headers),
        await hub.client.post(f"{gateway}/quotes", json={"seconds": 1}),
    ]
    async with hub.database.session() as session:
        told = [row.template_key for row in await session.scalars(select(Notification).where(Notification.person_id == person))]
        read = [
            (row.reader_id, row.attributes, row.purpose_en)
            for row in await session.scalars(select(Disclosure).where(Disclosure.person_id == person))
        ]
    return {
        "found": [one["code"] for one in found],
        "quoted": quoted["amount"],
        "paying": (started.json()["state"], payment["amount"], payment["qr_text"][:12]),
        "twice": (twice.status_code, twice.json()["code"], sorted(twice.headers)),
        "running": (running["state"], running["paid"], running["printed_name"]),
        "refusals": [(one.status_code, one.json().get("code") or one.json().get("title")) for one in refusals],
        "told": told,
        "read": read,
        "words": [words(raw) for raw in town.overheard.assertions],
    }


async def pay(town: Town, person: UUID, intent_id: str, amount: int) -> None:
    """The money arrives: the hub tells the backend, and the backend does what it does."""
    async with town.hub.database.transaction() as session:
        await reactions.payment_settled(session, PaymentSettled(UUID(intent_id), f"{APP}/x", person, amount, clock.now()))
    await town.work(hub_jobs, "plugins.deliver_webhooks", {"miniapp_backends": town.hub.backends})
    await town.work(backend.jobs, "parking.started", town.mounted.worker._resources)


def words(raw: str) -> tuple[Any, ...]:
    """What an assertion says, but for its times and the subject, which differs between two databases: only whether there is one."""
    claims = json.loads(base64.urlsafe_b64decode(raw.split(".")[1] + "=="))
    return (
        claims["iss"],
        claims["aud"],
        "sub" in claims,
        claims["acr"],
        tuple(claims["scopes"]),
        claims["exp"] - claims["iat"],
        sorted(claims),
    )


@pytest_asyncio.fixture
async def cache(redis: Redis, redis_url: str) -> AsyncIterator[Cache]:
    opened = Cache(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def by_day() -> Iterator[None]:
    """A morning in Hanoi: two hours of parking lie whole within the tariff of the day."""
    with clock.use(clock.FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=HANOI))):
        yield


@pytest.mark.usefixtures("by_day")
async def test_both_placements_tell_the_same_story(template_database: str, cache: Cache) -> None:
    stories = []
    for over_http in (False, True):
        url = await clone(template_database)
        database = Database(url)
        try:
            async with town(over_http, database, cache) as placed:
                stories.append(await story(placed))
        finally:
            await database.dispose()
            await drop(url)
    inside, outside = stories
    assert inside == outside
    assert inside["running"] == ("active", 25_000, "Lan")
    assert inside["read"] == [(APP, ["profile.name"], "Print name on ticket")]
    assert inside["told"] == [f"{APP}/parking.started"]
    assert inside["twice"][:2] == (409, "parking.session_open")
    assert {word[4] for word in inside["words"]} == {(), ("notifications.send", "payments.charge", "profile.name")}
