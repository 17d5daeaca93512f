"""The backend alone: on a database of its own, called as the gateway calls it, with a hub that remembers what it was asked."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import select, text

from hanoismart import clock, tokens, webhooks
from hanoismart.ids import new_id
from hanoismart.server.jobs import Run
from hanoismart.server.miniapp import MiniAppSettings, Mounted, mount
from hanoismart.server.worker import attempt
from miniapps.parking.server import backend
from miniapps.parking.server.places.models import Place
from miniapps.parking.server.queue import jobs
from miniapps.parking.server.seed import seed
from miniapps.parking.server.sessions.models import Segment

ISSUER = "https://hanoismart.example"
HUB_KEY, APP_KEY = tokens.new_key(), tokens.new_key()
EVERYTHING = ("payments.charge", "profile.name", "notifications.send")


@dataclass
class Asked:
    """A hub that says yes, or what it is told to say, and remembers."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: dict[str, httpx.Response] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        body = json.loads(request.content or b"{}")
        self.calls.append((path, body))
        if path in self.refuses:
            return self.refuses[path]
        if path.startswith("/v1/backend/erasures/"):
            times = dict.fromkeys(("asked_at", "due_at", "confirmed_at"), "2026-03-02T01:00:00Z")
            return httpx.Response(200, json={"id": path.split("/")[-2], "sub": "k1.lan", "reason": "removed", **times})
        if path == "/v1/backend/payments":
            kept = {name: body[name] for name in ("amount", "reference", "expires_at")}
            return httpx.Response(201, json={"id": str(new_id()), "state": "created", "qr_text": "000201", **kept})
        if path == "/v1/backend/people/read":
            return httpx.Response(200, json={"values": {"profile.name": "Lan"}})
        return httpx.Response(201, json={"sent": True})

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for called, body in self.calls if called == path]


class Parking:
    """The mounted backend and its callers."""

    def __init__(self, mounted: Mounted, hub: Asked) -> None:
        self.mounted = mounted
        self.hub = hub
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=mounted.app, raise_app_exceptions=False), base_url="http://backend"
        )

    async def call(
        self, method: str, path: str, body: object = None, *, sub: str | None = "k1.lan", scopes: tuple[str, ...] = EVERYTHING
    ) -> httpx.Response:
        """A call as the gateway would make it."""
        now = clock.now().replace(microsecond=0)
        grant = tokens.Grant(
            issuer=ISSUER,
            app_id=backend.app_id,
            subject=sub,
            acr="urn:hanoi:loa:2",
            scopes=frozenset(scopes) if sub else frozenset(),
            jti=str(new_id()),
            issued_at=now,
            expires_at=now + timedelta(seconds=60),
        )
        headers = {"HS-Assertion": tokens.sign_assertion(grant, HUB_KEY)}
        return await self.client.request(method, path, json=body, headers=headers)

    async def says(self, kind: str, data: dict[str, Any], *, message_id: str = "msg_1", key: Any = HUB_KEY) -> httpx.Response:
        """A webhook of the hub."""
        body = webhooks.body_of(kind, clock.now(), data)
        return await self.client.post("/hs/webhook", content=body, headers=webhooks.sign(message_id, clock.now(), body, keys=[key]))

    async def place(self, code: str = "tran-hung-dao-1") -> str:
        async with self.mounted.database.session() as session:
            return str((await session.scalars(select(Place.id).where(Place.code == code))).one())

    async def started(self, **more: Any) -> dict[str, Any]:
        """A car of Lan's that waits for its payment."""
        wish = {"plate": "29A-123.45", "vehicle_class": "car", "place_id": await self.place(), "seconds": 7200, **more}
        response = await self.call("POST", "/sessions", wish)
        assert response.status_code == 201, response.text
        return dict(response.json())

    async def pays(self, session_id: str) -> dict[str, Any]:
        """The open segment's payment comes in."""
        async with self.mounted.database.session() as session:
            rows = await session.scalars(select(Segment).where(Segment.session_id == session_id).order_by(Segment.number.desc()))
            segment = rows.first()
        assert segment is not None
        data = {"reference": str(segment.id), "amount": segment.amount, "intent_id": str(segment.intent_id)}
        assert (await self.says("payment.succeeded", data, message_id=f"msg_{segment.id.hex}")).status_code == 204
        return dict((await self.call("GET", f"/sessions/{session_id}")).json())

    async def work(self, name: str) -> int:
        """Run every waiting job of a name once, whether due or not; how many there were."""
        async with self.mounted.database.transaction() as session:
            rows = (
                await session.execute(text("DELETE FROM miniapp_parking.pgqueuer WHERE entrypoint = :n RETURNING payload"), {"n": name})
            ).all()
        parts = {"hub": self.mounted.hub, "keyring": self.mounted.worker._resources["keyring"]}
        for row in rows:
            await attempt(jobs.registry[name], Run(json.loads(row.payload), 0, self.mounted.database, parts))
        return len(rows)


@pytest_asyncio.fixture
async def parking(cloned_url: str) -> AsyncIterator[Parking]:
    settings = MiniAppSettings(
        database_url=cloned_url, hub_url=ISSUER, issuer=ISSUER, key=APP_KEY, sealing_key=b"s" * 32, cursor_key=b"c" * 32
    )

    async def keys(_fresh: bool) -> tokens.PublicKeys:
        return tokens.public_keys(tokens.public_jwks([HUB_KEY]))

    hub = Asked()
    mounted = mount(backend, settings, transport=httpx.MockTransport(hub), keys=keys)
    await mounted.migrate()
    await seed(mounted.database)
    parking = Parking(mounted, hub)
    yield parking
    await parking.client.aclose()
    await mounted.close()
