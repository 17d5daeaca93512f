"""Apps that ask for Telegram's grammar get launch data their backend can check alone; names, numbers and secrets keep their bounds."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hanoismart import clock, telegram, tokens
from hanoismart.client import Hub, HubRefused
from hanoismart.telegram import TelegramLaunch
from plugins.launch import examining
from plugins.launch.telegram import number_of, renew_secret, secret_of
from plugins.registry.models import MiniApp
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person
from tests.support.publishing import joins

KEY = tokens.new_key()
BUS = "vn.hanoi.bus"


@pytest_asyncio.fixture
async def backend(hub: SmallHub) -> AsyncIterator[Hub]:
    async with hub.database.transaction() as session:
        await installed(session, manifest(telegram_launch=True), jwks=tokens.public_jwks([KEY]))
        await installed(session, manifest(telegram_launch=True) | {"app_id": BUS})
    client = hub.backend(KEY)
    yield client
    await client.close()


async def launched(hub: SmallHub, backend: Hub, *, agrees: bool = True) -> tuple[str, TelegramLaunch]:
    if agrees:
        await hub.agree()
    else:
        asked = (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).json()["scopes"]
        declined = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked]
        await hub.client.post(f"/v1/miniapps/{APP}/consent", json={"declined": declined})
    opened = await hub.opened()
    assert opened["launch_grammar"] == "telegram"
    async with hub.database.transaction() as session:
        secret = await secret_of(session, APP)
        num = (await session.get_one(MiniApp, APP)).num
    raw = opened["launch_token"]
    return raw, telegram.verify(raw, now=clock.now(), app_secret=secret, keys=await backend.keys(), app_num=num)


async def test_launch_data_names_the_person_by_number_and_subject(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    _, first = await launched(hub, backend)
    _, second = await launched(hub, backend)
    assert first.user == second.user
    assert (first.user.first_name, first.start_param) == ("Lan", "pages/ticket?id=7")
    assert first.query_id != second.query_id
    assert first.unknown == {}
    person = await hub.signed_in(name="Minh")
    _, other = await launched(hub, backend)
    assert other.user.id != first.user.id
    async with hub.database.transaction() as session:
        assert await number_of(session, BUS, person) != other.user.id


async def test_without_the_names_consent_a_neutral_word_stands_there(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    _, launch = await launched(hub, backend, agrees=False)
    assert launch.user.first_name == "Người dùng"


async def test_numbers_made_at_once_are_one_number(hub: SmallHub, backend: Hub) -> None:
    async with hub.database.transaction() as session:
        person = await a_person(session, name="Lan")

    async def made() -> int:
        async with hub.database.transaction() as session:
            return await number_of(session, APP, person)

    assert len(set(await asyncio.gather(*(made() for _ in range(4))))) == 1


async def test_the_query_id_is_spent_in_the_database(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    raw, launch = await launched(hub, backend)
    await backend.call("POST", f"/v1/backend/launches/{launch.query_id}/use")
    with pytest.raises(HubRefused) as refused:
        await backend.call("POST", f"/v1/backend/launches/{launch.query_id}/use")
    assert refused.value.status == 409
    async with hub.database.transaction() as session:
        examined = await examining.examine(session, await session.get_one(MiniApp, APP), raw)
    assert (examined.grammar, examined.step) == ("telegram", "reused")


async def test_a_new_secret_ends_what_the_old_one_made(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    raw, _ = await launched(hub, backend)
    async with hub.database.transaction() as session:
        app = await session.get_one(MiniApp, APP)
        before = await secret_of(session, APP)
        assert (await examining.examine(session, app, raw)).step is None
        assert await renew_secret(session, APP) != before
        assert (await examining.examine(session, app, raw)).step == "hash"


async def test_a_developer_is_told_which_check_failed(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    raw, _ = await launched(hub, backend)
    async with hub.database.transaction() as session:
        await installed(session, manifest(telegram_launch=False) | {"version": {"code": 13, "name": "1.4.1"}})
    token = (await hub.opened())["launch_token"]
    async with hub.database.transaction() as session:
        app, bus = await session.get_one(MiniApp, APP), await session.get_one(MiniApp, BUS)
        found = {
            (examined.grammar, examined.step)
            for examined in [
                await examining.examine(session, app, token),
                await examining.examine(session, bus, token),
                await examining.examine(session, bus, raw),
                await examining.examine(session, app, token[:-3] + "AAA"),
                await examining.examine(session, app, "hello"),
            ]
        }
    assert found == {("jwt", None), ("jwt", "audience"), ("telegram", "hash"), ("jwt", "signature"), ("telegram", "form")}


async def test_only_the_apps_developers_may_ask_and_get_a_new_secret(hub: SmallHub, backend: Hub) -> None:
    lan = await hub.signed_in()
    raw, launch = await launched(hub, backend)
    body = {"app_id": APP, "raw": raw}
    for answer in (
        await hub.client.post("/v1/dev/verify-launch", json=body),
        await hub.client.post(f"/v1/dev/apps/{APP}/launch-secret"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "miniapps.not_found")
    async with hub.database.transaction() as session:
        await joins(session, (await session.get_one(MiniApp, APP)).organisation_id, lan)
    told = (await hub.client.post("/v1/dev/verify-launch", json=body)).json()
    assert (told["holds"], told["grammar"], told["said"]["id"]) == (True, "telegram", launch.user.id)
    renewed = (await hub.client.post(f"/v1/dev/apps/{APP}/launch-secret")).json()
    told = (await hub.client.post("/v1/dev/verify-launch", json=body)).json()
    assert (told["holds"], told["step"], bool(told["title"]["vi"])) == (False, "hash", True)
    fresh = (await hub.opened())["launch_token"]
    assert telegram.verify(fresh, now=clock.now(), app_secret=renewed["app_secret"]).user == launch.user
