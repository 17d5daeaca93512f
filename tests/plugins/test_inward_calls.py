"""Nothing an app names makes our servers call inside in production: not its webhook, not its health, however the address is written."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from kernel.outbound import guarded_session
from plugins.health.jobs import WELL, Target, ask
from plugins.ports import NoBackends
from plugins.registry.models import PlacementKind
from plugins.registry.placement import Http
from plugins.settings import PluginsSettings
from plugins.webhooks.models import Attempt
from tests.plugins.test_webhooks import deliver, told
from tests.support.miniapps import APP, Echo, SmallHub
from tests.support.sockets import listening

HOSTS = ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1")
WAYS = tuple(f"http://{host}:{{port}}" for host in HOSTS)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """No calls inside; everything else as in development."""
    monkeypatch.setattr(PluginsSettings, "inward_calls", False)


@pytest.mark.parametrize("way", WAYS)
async def test_a_webhook_inside_is_not_called(hub: SmallHub, echo: Echo, production: None, way: str) -> None:
    async with listening(echo) as url:
        message_id = await told(hub, placement=Http(way.format(port=urlsplit(url).port)))
        assert await deliver(hub, message_id) is not None
    assert echo.calls == []
    async with hub.database.session() as session:
        assert [(row.status, row.failure) for row in await session.scalars(select(Attempt))] == [(None, "unreachable")]


@pytest.mark.parametrize("way", WAYS)
async def test_a_backend_inside_is_not_asked_how_it_is(echo: Echo, way: str) -> None:
    async with listening(echo) as url:
        target = Target(APP, PlacementKind.HTTP, way.format(port=urlsplit(url).port), "/healthz")
        async with guarded_session(allow_inward=False) as http:
            assert await ask(target, http, NoBackends()) == "unreachable"
        async with guarded_session(allow_inward=True) as http:
            assert await ask(Target(APP, PlacementKind.HTTP, url, "/healthz"), http, NoBackends()) == WELL
    assert len(echo.calls) == 1
