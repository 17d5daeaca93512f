"""A person's own apps: kept, liked, looked into, rated, reported, and taken away with what they hold."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from hanoismart.clock import FixedClock, now, use
from hanoismart.tokens import new_key
from identity.api import moderation
from plugins.api import privacy
from plugins.erasures import service as erasures
from plugins.erasures.models import AppErasure
from plugins.registry.models import MiniApp, OpenedApp
from plugins.registry.moderated import APPS, RATINGS
from plugins.storage import service as storage
from plugins.webhooks.models import Message
from tests.support.miniapps import APP, SmallHub, installed, manifest
from tests.support.people import a_person

HEARS = {"url": "https://api.parking.example/hs/webhook", "events": ["consent.revoked", "account.erased"]}


async def ready(hub: SmallHub) -> UUID:
    """Lan has opened parking and agreed to everything."""
    async with hub.database.transaction() as session:
        await installed(session, manifest(webhooks=HEARS))
    lan = await hub.signed_in()
    await hub.agree()
    await hub.opened()
    return lan


async def messages(hub: SmallHub, kind: str) -> list[dict[str, Any]]:
    async with hub.database.session() as session:
        found = await session.scalars(select(Message).where(Message.type == kind).order_by(Message.created_at, Message.id))
        return [orjson.loads(one.body)["data"] for one in found]


async def test_opened_apps_are_listed_and_liked(hub: SmallHub) -> None:
    await ready(hub)
    (mine,) = (await hub.client.get("/v1/me/miniapps")).json()["items"]
    assert (mine["app_id"], mine["favourite"]) == (APP, False)
    assert (await hub.client.get("/v1/me/miniapps", params={"favourites": True})).json()["items"] == []
    assert (await hub.client.put(f"/v1/me/miniapps/{APP}/favourite", json={"favourite": True})).status_code == 204
    (liked,) = (await hub.client.get("/v1/me/miniapps", params={"favourites": True})).json()["items"]
    assert liked["favourite"] is True
    assert (await hub.client.put("/v1/me/miniapps/vn.hanoi.none/favourite", json={"favourite": True})).status_code == 404


async def test_what_an_app_may_do_is_shown_and_taken_back(hub: SmallHub) -> None:
    lan = await ready(hub)
    async with hub.database.transaction() as session:
        await storage.write(session, APP, lan, {"theme": "dark"})
    told = (await hub.client.get(f"/v1/me/miniapps/{APP}", headers={"accept-language": "vi"})).json()
    assert [(one["scope"], one["purpose"], one["state"]) for one in told["scopes"]] == [("profile.name", "In tên trên vé", "agreed")]
    assert told["permissions"][0]["purpose"] == "Tìm bãi đỗ gần bạn"
    assert told["stored_bytes"] > 0
    assert (await hub.client.delete(f"/v1/me/miniapps/{APP}/scopes/profile.name")).status_code == 204
    again = await hub.client.delete(f"/v1/me/miniapps/{APP}/scopes/profile.name")
    assert (again.status_code, again.json()["code"]) == (422, "miniapps.consent_not_asked")
    assert (await hub.client.get(f"/v1/me/miniapps/{APP}")).json()["scopes"][0]["state"] == "unanswered"


async def test_removal_takes_everything_and_the_app_must_say_so(hub: SmallHub) -> None:
    lan, key = await ready(hub), new_key()
    async with hub.database.transaction() as session:
        await installed(session, manifest(webhooks=HEARS), jwks={"keys": [key.as_dict(private=False)]})
        await storage.write(session, APP, lan, {"theme": "dark"})
    gone = (await hub.client.delete(f"/v1/me/miniapps/{APP}")).json()
    assert (await hub.client.get("/v1/me/miniapps")).json()["items"] == []
    assert (await hub.client.delete(f"/v1/me/miniapps/{APP}")).status_code == 404
    async with hub.database.session() as session:
        assert (await storage.info(session, APP, lan)).keys == []
        assert await session.get(OpenedApp, (lan, APP)) is None
    (told,) = await messages(hub, "account.erased")
    assert (told["erasure_id"], told["reason"]) == (gone["erasure_id"], "removed")
    backend = hub.backend(key)
    (owed,) = (await backend.call("GET", "/v1/backend/erasures"))["items"]
    assert (owed["id"], owed["sub"]) == (gone["erasure_id"], told["sub"])
    for _ in range(2):
        assert (await backend.call("POST", f"/v1/backend/erasures/{owed['id']}/confirm"))["confirmed_at"] is not None
    assert (await backend.call("GET", "/v1/backend/erasures"))["items"] == []
    await backend.close()


async def test_a_silent_app_is_asked_again_and_its_silence_is_on_record(hub: SmallHub) -> None:
    await ready(hub)
    await hub.client.delete(f"/v1/me/miniapps/{APP}")
    with use(FixedClock(now())) as clock:
        for _ in range(7):
            clock.advance(timedelta(days=3, seconds=1))
            async with hub.database.transaction() as session:
                assert await erasures.remind(session) == 1
                assert await erasures.remind(session) == 0
    async with hub.database.session() as session:
        row = (await session.scalars(select(AppErasure))).one()
    assert (row.reminders, row.reported_at is not None, row.confirmed_at) == (7, True, None)
    assert len(await messages(hub, "account.erased")) == 8


async def test_an_erased_account_leaves_no_name_in_what_apps_owe(hub: SmallHub) -> None:
    lan = await ready(hub)
    async with hub.database.transaction() as session:
        await privacy.erase(session, lan)
        await privacy.erase(session, lan)
    async with hub.database.session() as session:
        row = (await session.scalars(select(AppErasure))).one()
    assert (row.person_id, row.reason) == (None, "account_erased")
    assert [one["reason"] for one in await messages(hub, "account.erased")] == ["account_erased"]


async def test_who_used_an_app_rates_it_once_and_figures_wait_for_ten(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
        people = [await a_person(session, name="Lan", level=2) for _ in range(10)]
    for number, person_id in enumerate(people):
        await hub.signed_in(person_id=person_id)
        unused = await hub.client.put(f"/v1/miniapps/{APP}/rating", json={"stars": 5})
        assert (unused.status_code, unused.json()["code"]) == (409, "miniapps.not_used")
        await hub.agree()
        await hub.opened()
        for stars in (1, 4):
            said = await hub.client.put(f"/v1/miniapps/{APP}/rating", json={"stars": stars, "words": f"Ổn {number}"})
            assert said.status_code == 200, said.text
        (listed,) = (await hub.client.get("/v1/miniapps")).json()["items"]
        assert (listed["rating"], listed["ratings"]) == (4.0 if number == 9 else None, number + 1)
    spread = await hub.client.get(f"/v1/miniapps/{APP}/ratings/spread")
    assert spread.status_code == 200, spread.text
    assert spread.json()["stars"] == {"1": 0, "2": 0, "3": 0, "4": 10, "5": 0}
    words = (await hub.client.get(f"/v1/miniapps/{APP}/ratings", params={"limit": 2})).json()["items"]
    assert [one["words"] for one in words] == ["Ổn 9", "Ổn 8"]
    assert "person_id" not in words[0]
    async with hub.database.transaction() as session:
        rating_id = UUID(words[0]["id"])
        assert (await RATINGS.snapshot(session, rating_id)).text == "Ổn 9"  # type: ignore[union-attr] # it is there
        await RATINGS.hide(session, rating_id)
    (hidden,) = (await hub.client.get("/v1/miniapps")).json()["items"]
    assert hidden["ratings"] == 9
    assert (await hub.client.delete(f"/v1/miniapps/{APP}/rating")).status_code == 204
    await hub.signed_in(acr=1)
    assert (await hub.client.put(f"/v1/miniapps/{APP}/rating", json={"stars": 5})).status_code == 401
    assert (await hub.client.put(f"/v1/miniapps/{APP}/rating", json={"stars": 6})).status_code in {401, 422}


async def test_only_who_is_verified_and_opened_it_rates(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    await hub.signed_in(acr=1)
    await hub.agree()
    await hub.opened()
    mine = f"/v1/miniapps/{APP}/rating"
    low = await hub.client.put(mine, json={"stars": 5})
    assert (low.status_code, low.json()["code"]) == (401, "access.step_up_required"), low.text
    await hub.signed_in(acr=2, name="Thu")
    stranger = await hub.client.put(mine, json={"stars": 5})
    assert (stranger.status_code, stranger.json()["code"]) == (409, "miniapps.not_used")
    async with hub.database.session() as session:
        assert (await session.get_one(MiniApp, APP)).rating_count == 0


async def test_an_app_is_reported_taken_out_of_sight_and_back(hub: SmallHub) -> None:
    await ready(hub)
    async with hub.database.transaction() as session:
        await moderation.seed(session)
    subject = (await hub.client.get(f"/v1/miniapps/{APP}")).json()["subject_id"]
    report = {"subject_kind": "mini_app", "subject_id": subject, "reason": "impersonation", "note": "lừa"}
    answer = await hub.client.post("/v1/moderation/reports", json=report)
    assert answer.status_code == 201, answer.text
    async with hub.database.transaction() as session:
        seen = await APPS.snapshot(session, UUID(subject))
        assert seen is not None
        assert "Đỗ xe Hà Nội" in seen.text
        await APPS.hide(session, UUID(subject))
    assert (await hub.client.get(f"/v1/miniapps/{APP}")).json()["code"] == "miniapps.suspended"
    async with hub.database.transaction() as session:
        await APPS.show(session, UUID(subject))
    assert (await hub.client.get(f"/v1/miniapps/{APP}")).status_code == 200
    async with hub.database.session() as session:
        assert (await session.get_one(MiniApp, APP)).suspended_by is None
