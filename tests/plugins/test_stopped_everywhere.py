"""A stopped app gets nothing more, by whichever door: each way to stop one is walked past every door that was open before."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import tokens
from hanoismart.text import Text
from plugins.api.launching import Audiences
from plugins.pages import queries as pages
from plugins.pages.queries import Shown, Standing
from plugins.pages.watching import Watched, Watches
from plugins.registry import lifecycle
from plugins.registry.changes import Changes
from plugins.rollout import service as rollout
from plugins.webhooks import claiming
from plugins.webhooks import service as webhooks
from plugins.webhooks.models import Message, MessageState
from tests.plugins.test_capabilities import ASKED, KEY, PAYEE
from tests.support.doors import Opened, backend_doors, opens, own_doors, page_doors, passed
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.people import a_person

CODE: int = manifest()["version"]["code"]
WARD = "00070"
WHY = Text(vi="Lỗi an toàn", en="A safety fault")


@pytest_asyncio.fixture
async def opened(hub: SmallHub) -> AsyncIterator[Opened]:
    """Lan of Hoàn Kiếm in the parking app."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        lan = await a_person(session, name="Lan", ward=WARD)
    there = await opens(hub, lan)
    yield there
    await there.backend.close()


async def _stop(session: AsyncSession, how: str) -> None:
    if how == "suspended":
        await lifecycle.suspend(session, APP, reason=WHY, actor="staff:test")
    elif how == "unpublished":
        await lifecycle.unpublish(session, APP, actor="person:test")
    else:
        scopes: dict[str, dict[str, Any]] = {
            "app killed": {"app_id": APP},
            "version killed": {"app_id": APP, "version_code": CODE},
            "everything killed": {"app_id": None},
            "ward killed": {"app_id": APP, "ward_code": WARD},
        }
        await rollout.kill(session, reason=WHY, actor="staff:test", **scopes[how])


async def test_every_door_is_open_before(hub: SmallHub, opened: Opened) -> None:
    page = page_doors(hub, opened)
    assert await passed(page) == set(page)
    backend = backend_doors(opened) | {f"own {name}": knock for name, knock in own_doors(opened).items()}
    assert await passed(backend) == set(backend)


@pytest.mark.parametrize("how", ["suspended", "unpublished", "app killed", "version killed", "everything killed", "ward killed"])
async def test_no_door_is_open_after(hub: SmallHub, opened: Opened, echo: Echo, how: str) -> None:
    async with hub.database.transaction() as session:
        assert isinstance(await pages.shown(session, APP, CODE), Shown)
        await webhooks.tell(session, APP, "consent.revoked", {"sub": opened.sub}, dedupe="before")
        await _stop(session, how)
    hub.gateway.forget()
    assert await passed(page_doors(hub, opened)) == set()
    assert await passed(backend_doors(opened)) == set()
    assert echo.calls == []
    async with hub.database.session() as session:
        assert await Audiences().audience(session, APP, opened.person) is None
    told = Watches(hub.database, Changes(hub.database)).lines(Watched(APP, CODE, WARD))
    assert [await anext(told), await anext(told)][1].startswith(b'data: {"running":false')
    await told.aclose()  # type: ignore[attr-defined]  # it is a generator
    if how == "ward killed":
        return  # elsewhere the app runs on
    assert await passed(own_doors(opened)) == set()
    async with hub.database.transaction() as session:
        assert await pages.shown(session, APP, CODE) is Standing.GONE
        await webhooks.tell(session, APP, "consent.revoked", {"sub": opened.sub}, dedupe="after")
        assert await claiming.claim(session) == []
    async with hub.database.session() as session:
        assert set(await session.scalars(select(Message.state))) <= {MessageState.WITHDRAWN}
