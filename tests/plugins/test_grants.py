"""Single notifications: one yes is one send, however many ask at once, and nothing of it outlives the app or the account."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from hanoismart import clock, tokens
from hanoismart.client import Hub, HubRefused
from notifications.inbox.models import Notification
from plugins.api import privacy
from plugins.grants.models import MOST, NotificationGrant
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

KEY = tokens.new_key()
TEMPLATE = "parking.expiring"
DATA: dict[str, str | int] = {"spot": "A7", "minutes": 10}
ASKED = [{"scope": "notifications.send", "optional": True, "purpose": {"vi": "Nhắc trước khi hết giờ", "en": "Remind you in time"}}]
GIVE = f"/v1/miniapps/{APP}/notification-grants"
MINE = f"/v1/me/miniapps/{APP}/notification-grants"


@pytest_asyncio.fixture
async def backend(hub: SmallHub) -> AsyncIterator[Hub]:
    async with hub.database.transaction() as session:
        await installed(session, manifest(scopes=ASKED), jwks=tokens.public_jwks([KEY]))
    client = hub.backend(KEY)
    yield client
    await client.close()


async def lan(hub: SmallHub) -> tuple[UUID, str]:
    """Lan opened the app and declined to be told whenever it likes; her id and the app's name for her."""
    person = await hub.signed_in()
    asked = (await hub.client.post(f"/v1/miniapps/{APP}/launch", json={})).json()["scopes"]
    declined = [{"scope": one["scope"], "purpose_hash": one["purpose_hash"]} for one in asked]
    await hub.client.post(f"/v1/miniapps/{APP}/consent", json={"declined": declined})
    opened = await hub.opened()
    return person, tokens.verify_launch(opened["launch_token"], keys=await hub.backend(KEY).keys(), app_id=APP, now=clock.now()).subject


async def give(hub: SmallHub, *templates: str) -> list[str]:
    answer = await hub.client.post(GIVE, json={"templates": templates})
    assert answer.status_code == 201, answer.text
    return list(answer.json()["granted"])


async def told(hub: SmallHub, person: UUID) -> int:
    async with hub.database.session() as session:
        return len(list(await session.scalars(select(Notification.id).where(Notification.person_id == person))))


async def test_one_yes_is_one_send_and_a_repetition_uses_nothing_up(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    assert await give(hub, TEMPLATE, TEMPLATE) == [TEMPLATE]
    (open_one,) = (await hub.client.get(MINE, headers={"accept-language": "vi"})).json()["items"]
    assert (open_one["template"], open_one["open"], "{spot}" in open_one["words"]) == (TEMPLATE, 1, True)
    assert await give(hub, TEMPLATE) == [TEMPLATE]
    assert await backend.notify(sub, TEMPLATE, DATA, dedupe="s1")
    assert not await backend.notify(sub, TEMPLATE, DATA, dedupe="s1")
    assert (await hub.client.get(MINE)).json()["items"][0]["open"] == 1
    assert await backend.notify(sub, TEMPLATE, DATA, dedupe="s2")
    assert (await hub.client.get(MINE)).json()["items"] == []
    with pytest.raises(HubRefused) as refused:
        await backend.notify(sub, TEMPLATE, DATA, dedupe="s3")
    assert (refused.value.status, refused.value.code) == (403, "backend.not_agreed")
    assert not await backend.notify(sub, TEMPLATE, DATA, dedupe="s2")
    assert await told(hub, person) == 2


async def test_two_sends_for_one_yes_have_one_winner(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    await give(hub, TEMPLATE)
    sends = [backend.notify(sub, TEMPLATE, DATA, dedupe=f"s{number}") for number in range(4)]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert [one for one in outcomes if one is True] == [True]
    assert {one.code for one in outcomes if isinstance(one, HubRefused)} == {"backend.not_agreed"}
    assert await told(hub, person) == 1


async def test_the_same_send_twice_at_once_uses_up_one(hub: SmallHub, backend: Hub) -> None:
    person, sub = await lan(hub)
    for _ in range(2):
        await give(hub, TEMPLATE)
    outcomes = await asyncio.gather(*[backend.notify(sub, TEMPLATE, DATA, dedupe="s1") for _ in range(3)])
    assert sorted(outcomes) == [False, False, True]
    assert (await told(hub, person), (await hub.client.get(MINE)).json()["items"][0]["open"]) == (1, 1)


async def test_whoever_agreed_to_be_told_whenever_it_likes_loses_no_single_yes(hub: SmallHub, backend: Hub) -> None:
    await hub.signed_in()
    await hub.agree()
    opened = await hub.opened()
    sub = tokens.verify_launch(opened["launch_token"], keys=await backend.keys(), app_id=APP, now=clock.now()).subject
    await give(hub, TEMPLATE)
    assert await backend.notify(sub, TEMPLATE, DATA, dedupe="s1")
    assert (await hub.client.get(MINE)).json()["items"][0]["open"] == 1


async def test_what_cannot_be_asked_is_refused_and_there_is_a_most(hub: SmallHub, backend: Hub) -> None:
    _, sub = await lan(hub)
    strange = await hub.client.post(GIVE, json={"templates": ["parking.free_beer"]})
    assert (strange.status_code, strange.json()["code"]) == (422, "miniapps.template_unknown")
    assert (await hub.client.post(GIVE, json={"templates": [TEMPLATE] * 4})).status_code == 422
    assert (await hub.client.post(GIVE, json={"templates": []})).status_code == 422
    assert (await hub.client.post(GIVE.replace(APP, "vn.hanoi.none"), json={"templates": [TEMPLATE]})).status_code == 404
    for _ in range(MOST):
        assert await give(hub, TEMPLATE) == [TEMPLATE]
    assert await give(hub, TEMPLATE) == []
    assert (await hub.client.get(MINE)).json()["items"][0]["open"] == MOST
    assert (await hub.client.delete(MINE, params={"template": "another"})).status_code == 204
    assert len((await hub.client.get(MINE)).json()["items"]) == 1
    assert (await hub.client.delete(MINE)).status_code == 204
    with pytest.raises(HubRefused) as refused:
        await backend.notify(sub, TEMPLATE, DATA, dedupe="s1")
    assert refused.value.code == "backend.not_agreed"


async def test_one_persons_yes_is_nobody_elses(hub: SmallHub, backend: Hub) -> None:
    _, sub = await lan(hub)
    async with hub.database.transaction() as session:
        minh = await a_person(session, name="Minh", level=2)
    await hub.signed_in(person_id=minh)
    never = await hub.client.post(GIVE, json={"templates": [TEMPLATE]})
    assert (never.status_code, never.json()["code"]) == (409, "miniapps.never_opened")
    await hub.agree()
    await hub.opened()
    await give(hub, TEMPLATE)
    with pytest.raises(HubRefused):
        await backend.notify(sub, TEMPLATE, DATA, dedupe="s1")


async def test_nothing_outlives_the_app_or_the_account(hub: SmallHub, backend: Hub) -> None:
    person, _ = await lan(hub)
    await give(hub, TEMPLATE)
    async with hub.database.session() as session:
        (held,) = (await privacy.export(session, person))["notification_grants"]
    assert (held["template"], held["open"]) == (TEMPLATE, 1)
    await hub.client.delete(f"/v1/me/miniapps/{APP}")
    async with hub.database.session() as session:
        assert list(await session.scalars(select(NotificationGrant))) == []
    other, _ = await lan(hub)
    await give(hub, TEMPLATE)
    async with hub.database.transaction() as session:
        await privacy.erase(session, other)
    async with hub.database.session() as session:
        assert list(await session.scalars(select(NotificationGrant))) == []
