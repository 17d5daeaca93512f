"""A version that some people try changes nothing for the others: where the app hears us, what it hears, and the words it sends."""

from typing import Any

from kernel.blobs import Blobs
from notifications.templates.models import StoredTemplate
from plugins.webhooks import service as webhooks
from plugins.webhooks.claiming import claim
from plugins.webhooks.models import Endpoint
from plugins.webhooks.noting import Done, note
from plugins.webhooks.sending import Outcome
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, approved, rolled

OLD, NEW = "https://old.example.vn/hook", "https://new.example.vn/hook"
DUTIES = ["account.erased", "consent.revoked"]
NAMED = [{"scope": "profile.name", "optional": True, "purpose": {"vi": "In tên trên vé", "en": "Print the name on the ticket"}}]


def hooks(url: str, *events: str) -> dict[str, Any]:
    return {"webhooks": {"url": url, "events": list(events)}}


def words(vi: str, *params: str) -> dict[str, Any]:
    return {"notifications": [{"template": "bread.ready", "params": list(params), "vi": vi, "en": vi}]}


async def heard(house: SmallHub) -> tuple[str | None, list[str]]:
    async with house.database.session() as session:
        endpoint = await session.get_one(Endpoint, APP_ID)
        return endpoint.target, sorted(endpoint.events)


async def sent_to(house: SmallHub, mark: str) -> str | None:
    """Where a message goes that is told now."""
    async with house.database.transaction() as session:
        assert await webhooks.tell(session, APP_ID, "app.version.state_changed", {}, dedupe=mark)
    async with house.database.transaction() as session:
        ready = await claim(session)
        done: list[Done] = [(one, Outcome(204, None, 1)) for one in ready]
        await note(session, done)
    (url,) = {one.url for one in ready}
    return url


async def test_a_canary_leaves_the_endpoint_until_it_is_live_and_a_rollback_brings_it_back(
    house: SmallHub, workshop: Studio, blobs: Blobs
) -> None:
    await approved(house, blobs, workshop, 1, **hooks(OLD, "app.version.state_changed"))
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2, **hooks(NEW, "app.version.state_changed", "payment.succeeded"))
    for stage, more in (("whitelist", {}), ("canary", {"percent": 5}), ("canary", {"percent": 50})):
        assert (await rolled(house, 2, stage, **more)).status_code == 200
        assert await heard(house) == (OLD, ["app.version.state_changed"])
        assert await sent_to(house, f"{stage} {more}") == OLD
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json() == {"live": 1}
    assert await sent_to(house, "canary back") == OLD
    await approved(house, blobs, workshop, 3, **hooks(NEW, "app.version.state_changed", "payment.succeeded"))
    assert (await rolled(house, 3, "live")).status_code == 200
    assert await heard(house) == (NEW, ["app.version.state_changed", "payment.succeeded"])
    assert await sent_to(house, "live") == NEW
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json() == {"live": 1}
    assert await heard(house) == (OLD, ["app.version.state_changed"])
    assert await sent_to(house, "live back") == OLD


async def test_what_people_of_a_canary_left_behind_is_heard_of_also_after_it(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1, **hooks(OLD, "app.version.state_changed", "payment.succeeded"))
    await rolled(house, 1, "live")
    assert (await house.client.put(f"/v1/dev/apps/{APP_ID}/webhooks", json={"events": ["payment.succeeded"]})).status_code == 200
    await approved(house, blobs, workshop, 2, scopes=NAMED, **hooks(NEW, *DUTIES))
    await rolled(house, 2, "canary", percent=5)
    for _ in range(2):
        assert await heard(house) == (OLD, [*DUTIES[:1], "app.version.state_changed", *DUTIES[1:], "payment.succeeded"])
        async with house.database.session() as session:
            endpoint = await session.get_one(Endpoint, APP_ID)
            assert all(endpoint.hears(duty) for duty in DUTIES)
            assert not endpoint.hears("app.version.state_changed")
        await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")


async def test_a_canary_of_an_app_that_heard_nothing_hears_of_its_people(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2, scopes=NAMED, **hooks(NEW, *DUTIES))
    await rolled(house, 2, "canary", percent=5)
    assert await heard(house) == (NEW, DUTIES)


async def test_a_disabled_endpoint_waits_for_its_developer_whatever_is_tried(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1, **hooks(OLD, "app.version.state_changed"))
    await rolled(house, 1, "live")
    async with house.database.transaction() as session:
        assert await webhooks.tell(session, APP_ID, "app.version.state_changed", {}, dedupe="gone")
        (ready, *rest) = await claim(session)
        await note(session, [(ready, Outcome(410, None, 1)), *((one, Outcome(204, None, 1)) for one in rest)])
    await approved(house, blobs, workshop, 2, **hooks(NEW, "app.version.state_changed"))
    await rolled(house, 2, "canary", percent=5)
    told = (await house.client.get(f"/v1/dev/apps/{APP_ID}/webhooks")).json()
    assert (told["url"], told["disabled_at"] is not None) == (OLD, True)


async def test_a_moved_backend_follows_the_live_version(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    served: dict[str, Any] = {"backend": {"base_url": "https://api.example.vn"}}
    plain: dict[str, Any] = {"webhooks": {"events": ["app.version.state_changed"]}}
    await approved(house, blobs, workshop, 1, **served, **plain)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2, **served, **hooks(NEW, "app.version.state_changed"))
    await rolled(house, 2, "canary", percent=5)
    assert (await house.client.put(f"/v1/dev/apps/{APP_ID}/backend", json={"url": "https://moved.example.vn"})).status_code == 200
    assert await heard(house) == ("https://moved.example.vn/hs/webhook", ["app.version.state_changed"])


async def test_the_words_of_a_canary_are_its_own(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1, **words("Bánh {kind} đã chín", "kind"))
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2, **words("{count} ổ bánh đã chín", "count"))
    await rolled(house, 2, "canary", percent=5)

    async def said() -> dict[str, str]:
        async with house.database.session() as session:
            found = [await session.get(StoredTemplate, f"{APP_ID}/bread.ready{mark}") for mark in ("", "@2")]
        return {row.key.removeprefix(APP_ID): row.body_vi for row in found if row is not None}

    assert await said() == {"/bread.ready": "Bánh {kind} đã chín", "/bread.ready@2": "{count} ổ bánh đã chín"}
    await rolled(house, 2, "live")
    assert (await said())["/bread.ready"] == "{count} ổ bánh đã chín"
    await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")
    assert (await said())["/bread.ready"] == "Bánh {kind} đã chín"
