"""Where one version is stopped and another runs, only people of the stopped one are; tokens, webhooks and backend of the others go on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart import tokens
from hanoismart.ids import new_id
from hanoismart.text import Text
from plugins.api.launching import Audiences
from plugins.pages import queries as pages
from plugins.pages.queries import Shown, Standing
from plugins.pages.watching import Watched, Watches
from plugins.registry.changes import Changes
from plugins.registry.live import manifest_of
from plugins.registry.models import MiniApp, Version, VersionState
from plugins.registry.serving_setup import prepare
from plugins.rollout import service as rollout
from plugins.rollout.models import Kill, Whitelisted
from plugins.webhooks import claiming
from plugins.webhooks import service as webhooks
from plugins.webhooks.models import Message, MessageState
from tests.plugins.test_capabilities import ASKED, KEY, PAYEE
from tests.support.doors import Opened, backend_doors, opens, own_doors, page_doors, passed
from tests.support.miniapps import APP, Echo, SmallHub, installed, manifest
from tests.support.people import a_person

LIVE: int = manifest()["version"]["code"]
TRIED = LIVE + 1
WHY = Text(vi="Lỗi an toàn", en="A safety fault")


@dataclass
class Two:
    """Lan has the live version, Minh the one that is tried."""

    lan: Opened
    minh: Opened

    def of(self, code: int) -> tuple[Opened, Opened]:
        """Who has a version, and who has the other."""
        return (self.lan, self.minh) if code == LIVE else (self.minh, self.lan)


async def _tried(session: AsyncSession, sub: str, person: Opened) -> None:
    live = (await session.scalars(select(Version).where(Version.code == LIVE))).one()
    same = {name: getattr(live, name) for name in ("app_id", "name", "digest", "placement", "address", "openapi", "files_json")}
    document = {**live.manifest, "version": {"code": TRIED, "name": "9.0.0"}}
    version = Version(**same, id=new_id(), code=TRIED, manifest=document, state=VersionState.WHITELIST, state_since=live.state_since)
    version.registry_jws = live.registry_jws
    session.add(version)
    await session.flush()
    session.add(Whitelisted(version_id=version.id, person_id=person.person, sub=sub))
    await prepare(session, await session.get_one(MiniApp, APP), version, manifest_of(document), live=False)


@pytest_asyncio.fixture
async def two(hub: SmallHub) -> AsyncIterator[Two]:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]), payee=PAYEE)
        people = [await a_person(session, name=name) for name in ("Lan", "Minh")]
    lan, minh = [await opens(hub, person, f"s-{number}") for number, person in enumerate(people)]
    async with hub.database.transaction() as session:
        await _tried(session, minh.sub, minh)
    hub.gateway.forget()
    yield Two(lan, minh)
    for one in (lan, minh):
        await one.backend.close()


async def _kill(hub: SmallHub, code: int) -> None:
    async with hub.database.transaction() as session:
        await rollout.kill(session, app_id=APP, version_code=code, reason=WHY, actor="staff:test")
    hub.gateway.forget()


async def _open(hub: SmallHub, at: Opened) -> tuple[set[str], set[str]]:
    """The doors open to a person, and those that are not."""
    await hub.signed_in(person_id=at.person)
    doors = page_doors(hub, at)
    names = set(doors)
    through = await passed(doors)
    behind = backend_doors(at)
    names |= set(behind)
    through |= await passed(behind)
    return through, names - through


@pytest.mark.parametrize("code", [LIVE, TRIED])
async def test_one_version_killed_stops_its_people_and_no_others(hub: SmallHub, two: Two, echo: Echo, code: int) -> None:
    hit, spared = two.of(code)
    await _kill(hub, code)
    assert (await _open(hub, hit))[0] == set()
    assert echo.calls == []
    assert (await _open(hub, spared))[1] == set()
    assert len(echo.calls) == 1
    assert await passed(own_doors(spared)) == {"launch", "payment"}
    async with hub.database.session() as session:
        assert isinstance(await pages.shown(session, APP, code), Standing)
        assert isinstance(await pages.shown(session, APP, LIVE + TRIED - code), Shown)
        assert await Audiences().audience(session, APP, hit.person) is None
        assert await Audiences().audience(session, APP, spared.person) is not None


@pytest.mark.parametrize("code", [LIVE, TRIED])
async def test_the_backend_still_hears_what_happens(hub: SmallHub, two: Two, code: int) -> None:
    await _kill(hub, code)
    async with hub.database.transaction() as session:
        assert await webhooks.tell(session, APP, "consent.revoked", {"sub": two.lan.sub}, dedupe="after")
        assert len(await claiming.claim(session)) == 1


async def test_every_version_killed_is_the_app_killed(hub: SmallHub, two: Two) -> None:
    async def epoch() -> int:
        async with hub.database.session() as session:
            return (await session.get_one(MiniApp, APP)).epoch

    before = await epoch()
    await _kill(hub, LIVE)
    assert await epoch() == before
    await _kill(hub, TRIED)
    assert await epoch() == before + 1
    for one in (two.lan, two.minh):
        assert (await _open(hub, one))[0] == set()
        assert await passed(own_doors(one)) == set()
    async with hub.database.transaction() as session:
        await webhooks.tell(session, APP, "consent.revoked", {"sub": two.lan.sub}, dedupe="after")
        assert await claiming.claim(session) == []
    async with hub.database.session() as session:
        assert set(await session.scalars(select(Message.state))) == {MessageState.WITHDRAWN}


@pytest.mark.parametrize(("method", "closed"), [("gateway", {"call"}), ("geo.get", set())])
async def test_a_method_killed_stops_that_method_and_nothing_else(
    hub: SmallHub, two: Two, echo: Echo, method: str, closed: set[str]
) -> None:
    async with hub.database.transaction() as session:
        await rollout.kill(session, app_id=APP, method=method, reason=WHY, actor="staff:test")
    hub.gateway.forget()
    for one in (two.lan, two.minh):
        assert (await _open(hub, one))[1] == closed
        assert await passed(own_doors(one)) >= {"payment"}
    refused = await hub.client.get(f"/v1/gw/{APP}/tickets", headers=two.minh.page)
    assert (refused.status_code, refused.json().get("code")) == ((403, "gateway.stopped") if closed else (200, None))
    told = Watches(hub.database, Changes(hub.database)).lines(Watched(APP, LIVE, None))
    state = [await anext(told), await anext(told)][1]
    await told.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert orjson.loads(state.removeprefix(b"data: "))["stopped"] == {method: {"vi": WHY.vi, "en": WHY.en}}


async def test_a_method_of_one_version_killed_leaves_the_other_version_its_method(hub: SmallHub, two: Two) -> None:
    async with hub.database.transaction() as session:
        await rollout.kill(session, app_id=APP, version_code=TRIED, method="gateway", reason=WHY, actor="staff:test")
    hub.gateway.forget()
    assert (await _open(hub, two.minh))[1] == {"call"}
    assert (await _open(hub, two.lan))[1] == set()


async def test_a_lifted_version_runs_again_and_old_tokens_of_a_stopped_app_do_not(hub: SmallHub, two: Two) -> None:
    await _kill(hub, LIVE)
    await _kill(hub, TRIED)
    async with hub.database.transaction() as session:
        for row in await session.scalars(select(Kill)):
            await rollout.lift(session, row.id, actor="staff:test")
    hub.gateway.forget()
    for one in (two.lan, two.minh):
        assert (await _open(hub, one))[1] == {"call"}  # its token is of before; opening the app again gives another
