"""One hub, one person and one relying party for a whole file: the modules ask many small questions of the same world."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest_asyncio

from app.demo.devices.mobile import Phone
from app.main import Hub
from hanoismart.ids import new_id
from kernel.embedded import Servers
from tests.support.databases import clone, drop
from tests.support.hubs import calling, phone_of, running_hub
from tests.support.partners import Browser, Partner


@dataclass
class World:
    hub: Hub
    http: httpx.AsyncClient
    lan: Phone

    @property
    def browser(self) -> Browser:
        """Lan's browser, signed in; it has agreed to whatever was asked before."""
        return Browser.of(self.lan)

    async def partner(self, **more: object) -> Partner:
        """A relying party nobody has met."""
        return await Partner(self.http, client_id=f"partner-{new_id().hex}").register(self.hub, **more)

    async def other(self, name: str = "Minh") -> Phone:
        """Somebody else, signed in."""
        return await phone_of(self.hub.process, self.http, name=name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(template_database: str, servers: Servers) -> AsyncIterator[World]:
    url = await clone(servers.database_url)
    try:
        async with running_hub(url, servers.redis_url) as hub, calling(hub) as http:
            yield World(hub, http, await phone_of(hub.process, http, name="Nguyễn Thị Lan"))
    finally:
        await drop(url)
