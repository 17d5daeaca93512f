"""The registry: what may be installed, what the catalogue shows, and what stops an app."""

import json

import pytest
from sqlalchemy import select

from hanoismart.manifest.schema import schema_text
from hanoismart.text import Text
from identity.clients.models import OAuthClient
from plugins.registry import lifecycle
from plugins.registry.models import Version, VersionState
from plugins.registry.problems import AppNotFound, ManifestRefused, NothingToRollBackTo, VersionAltered, VersionNotRising
from plugins.rollout import service as rollout
from tests.support.miniapps import APP, SmallHub, installed, manifest

REASON = Text(vi="Đang kiểm tra", en="Under investigation")


def version(code: int, **hs: object) -> dict[str, object]:
    return manifest(**hs) | {"version": {"code": code, "name": f"1.{code}.0"}}


async def states(hub: SmallHub) -> dict[int, VersionState]:
    async with hub.database.session() as session:
        return {row.code: row.state for row in await session.scalars(select(Version))}


async def test_an_app_is_installed_once_per_version(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, version(12), jwks={"keys": []})
        await installed(session, version(12), jwks={"keys": []})
        await installed(session, version(13))
    assert await states(hub) == {12: VersionState.PREVIOUS, 13: VersionState.LIVE}
    async with hub.database.session() as session:
        client = await session.get_one(OAuthClient, APP)
        assert (client.kind, client.name_en, client.sector) == ("miniapp", "Hanoi Parking", APP)


async def test_what_the_registry_refuses(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, version(12))
    async with hub.database.session() as session:
        with pytest.raises(VersionAltered):
            await installed(session, version(12, category="other"))
        with pytest.raises(VersionNotRising):
            await installed(session, version(11))
        with pytest.raises(ManifestRefused) as refused:
            await installed(session, version(13, category="casino"))
        assert refused.value.extra["findings"][0]["rule"] == "HS1084"  # type: ignore[index] # a list of findings
        with pytest.raises(AppNotFound):
            await lifecycle.suspend(session, "vn.hanoi.nothing", reason=REASON, actor="staff:test")
        with pytest.raises(NothingToRollBackTo):
            await rollout.roll_back(session, APP, actor="staff:test")


async def test_a_roll_back_is_a_pointer(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, version(12))
        await installed(session, version(13))
        assert await rollout.roll_back(session, APP, actor="staff:test") == 12
    assert await states(hub) == {12: VersionState.LIVE, 13: VersionState.INELIGIBLE}


@pytest.mark.parametrize(
    ("query", "found"),
    [("do xe", True), ("ĐỖ XE", True), ("parking hanoi", True), ("ve", True), ("xe buýt", False), ("%", False), ("transport", True)],
)
async def test_the_catalogue_is_searched_without_marks(hub: SmallHub, query: str, found: bool) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    response = await hub.client.get("/v1/miniapps", params={"q": query}, headers={"accept-language": "en"})
    assert [one["name"] for one in response.json()["items"]] == (["Hanoi Parking"] if found else [])


async def test_the_catalogue_is_paged_and_its_etag_follows_every_change(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        for name in ("bus", "fines", "parking"):
            await installed(session, manifest() | {"app_id": f"vn.hanoi.{name}"})
    first = await hub.client.get("/v1/miniapps", params={"limit": 2})
    assert [one["app_id"] for one in first.json()["items"]] == ["vn.hanoi.bus", "vn.hanoi.fines"]
    rest = await hub.client.get("/v1/miniapps", params={"limit": 2, "cursor": first.json()["next"]})
    assert [one["app_id"] for one in rest.json()["items"]] == ["vn.hanoi.parking"]
    etag = first.headers["etag"]
    assert (await hub.client.get("/v1/miniapps", headers={"if-none-match": etag})).status_code == 304
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, "vn.hanoi.fines", reason=REASON, actor="staff:test")
    changed = await hub.client.get("/v1/miniapps", headers={"if-none-match": etag})
    assert [one["app_id"] for one in changed.json()["items"]] == ["vn.hanoi.bus", "vn.hanoi.parking"]


async def test_an_apps_page_says_what_it_asks_word_for_word(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    told = (await hub.client.get(f"/v1/miniapps/{APP}")).json()
    assert told["scopes"] == [
        {"name": "profile.name", "reveals": "Họ và tên của bạn", "purpose": "In tên trên vé", "optional": True, "sensitivity": "personal"}
    ]
    assert told["permissions"][0]["purpose"] == "Tìm bãi đỗ gần bạn"
    async with hub.database.transaction() as session:
        await lifecycle.suspend(session, APP, reason=REASON, actor="staff:test")
    refused = await hub.client.get(f"/v1/miniapps/{APP}")
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (403, "miniapps.suspended", "Đang kiểm tra")
    assert (await hub.client.get("/v1/miniapps/vn.hanoi.nothing")).status_code == 404


async def test_the_schema_and_the_keys_are_published(hub: SmallHub) -> None:
    assert (await hub.client.get("/v1/schemas/miniapp/1.json")).text == schema_text()
    published = json.loads((await hub.client.get("/.well-known/hanoismart/miniapp-keys.json")).text)
    assert published["keys"]
    assert not any("d" in key for key in published["keys"])
