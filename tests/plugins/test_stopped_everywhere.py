"""A stopped app gets nothing more, by whichever door: each way to stop one is walked past every door that was open before."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.ids import new_hex
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
from tests.plugins.test_capabilities import ASKED, CALL, KEY, PAYEE, TICKET
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.people import a_person

CODE: int = manifest()["version"]["code"]
WARD = "00070"
WHY = Text(vi="Lỗi an toàn", en="A safety fault")
LATER = timedelta(hours=1)


@dataclass
class Opened:
    """Lan of Hoàn Kiếm in the parking app, with everything in hand that an app can hold."""

    person: UUID
    sub: str
    page: dict[str, str]
    launch_id: str
    code: str
    intent: str
    backend: Hub


@pytest_asyncio.fixture
async def opened(hub: SmallHub) -> AsyncIterator[Opened]:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        lan = await a_person(session, name="Lan", ward=WARD)
    await hub.signed_in(person_id=lan)
    await hub.agree()
    told = await hub.opened()
    backend = hub.backend(KEY)
    launch = tokens.verify_launch(told["launch_token"], keys=await backend.keys(), app_id=APP, now=clock.now())
    made = (await hub.client.post(f"/v1/miniapps/{APP}/codes", json={"scope": "phone"})).json()
    intent = await backend.pay.create(sub=launch.subject, amount=25_000, description=TICKET, reference="s0", expires_at=clock.now() + LATER)
    page = {"Authorization": f"Bearer {told['access_token']}"}
    yield Opened(lan, launch.subject, page, launch.grant.jti, made["code"], intent.id, backend)
    await backend.close()


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


def _page_doors(hub: SmallHub, at: Opened) -> dict[str, Awaitable[Any]]:
    base, client = f"/v1/miniapps/{APP}", hub.client
    paid = {"amount": 25_000, "description": {"vi": "Vé", "en": "Ticket"}, "reference": "p1"}
    return {
        "launch": client.post(f"{base}/launch", json={}),
        "consent": client.post(f"{base}/consent", json={"granted": [], "declined": []}),
        "host": client.get(f"{base}/host"),
        "call": client.get(f"/v1/gw/{APP}/tickets", headers=at.page),
        "profile": client.post(f"{base}/profile"),
        "storage": client.get(f"{base}/storage"),
        "writing": client.put(f"{base}/storage/a", json={"value": 1}),
        "code": client.post(f"{base}/codes", json={"scope": "phone"}),
        "payment": client.post(f"{base}/payments", json=paid, headers={"Idempotency-Key": new_hex()}),
    }


def _backend_doors(at: Opened) -> dict[str, Awaitable[Any]]:
    backend, later = at.backend, clock.now() + LATER
    return {
        "notification": backend.notify(at.sub, "parking.expiring", {"spot": "A7", "minutes": 10}, dedupe=new_hex()),
        "reading": backend.read_person(at.sub, ["phone"], CALL),
        "charge": backend.pay.create(sub=at.sub, amount=25_000, description=TICKET, reference="s1", expires_at=later),
        "redeem": backend.call("POST", "/v1/backend/codes/redeem", json={"code": at.code}),
        "storage": backend.call("GET", f"/v1/backend/storage/{at.sub}"),
    }


def _own_doors(at: Opened) -> dict[str, Awaitable[Any]]:
    """What is about the app and not about one person."""
    return {
        "launch": at.backend.call("POST", f"/v1/backend/launches/{at.launch_id}/use"),
        "payment": at.backend.pay.status(at.intent),
    }


async def _passed(doors: dict[str, Awaitable[Any]]) -> set[str]:
    """The doors that let somebody through."""
    through = set()
    for name, knock in doors.items():
        try:
            answer = await knock
        except HubRefused as refused:
            if refused.code not in {"miniapps.suspended", "miniapps.not_found"}:
                raise
            continue
        status = getattr(answer, "status_code", 200)
        assert status < 500, (name, answer.text)
        if status < 400:
            through.add(name)
    return through


async def test_every_door_is_open_before(hub: SmallHub, opened: Opened) -> None:
    page = _page_doors(hub, opened)
    assert await _passed(page) == set(page)
    backend = _backend_doors(opened) | {f"own {name}": knock for name, knock in _own_doors(opened).items()}
    assert await _passed(backend) == set(backend)


@pytest.mark.parametrize("how", ["suspended", "unpublished", "app killed", "version killed", "everything killed", "ward killed"])
async def test_no_door_is_open_after(hub: SmallHub, opened: Opened, echo: Echo, how: str) -> None:
    async with hub.database.transaction() as session:
        assert isinstance(await pages.shown(session, APP, CODE), Shown)
        await webhooks.tell(session, APP, "consent.revoked", {"sub": opened.sub}, dedupe="before")
        await _stop(session, how)
    hub.gateway.forget()
    assert await _passed(_page_doors(hub, opened)) == set()
    assert await _passed(_backend_doors(opened)) == set()
    assert echo.calls == []
    async with hub.database.session() as session:
        assert await Audiences().audience(session, APP, opened.person) is None
    told = Watches(hub.database, Changes(hub.database)).lines(Watched(APP, CODE, WARD))
    assert [await anext(told), await anext(told)][1].startswith(b'data: {"running":false')
    await told.aclose()  # type: ignore[attr-defined]  # it is a generator
    if how == "ward killed":
        return  # elsewhere the app runs on
    assert await _passed(_own_doors(opened)) == set()
    async with hub.database.transaction() as session:
        assert await pages.shown(session, APP, CODE) is Standing.GONE
        await webhooks.tell(session, APP, "consent.revoked", {"sub": opened.sub}, dedupe="after")
        assert await claiming.claim(session) == []
    async with hub.database.session() as session:
        assert set(await session.scalars(select(Message.state))) <= {MessageState.WITHDRAWN}
