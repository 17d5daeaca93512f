"""Developers and the sandbox's test citizens: who may see them, who may be given a version, and that production has none."""

import pytest

from hanoismart.emulator.citizens import CITIZENS
from identity.places import service as units
from identity.test_citizens import service as citizens
from kernel.blobs import Blobs
from kernel.settings import Settings, settings
from plugins.settings import PluginsSettings
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, approved, rolled

LIST = "/v1/dev/test-citizens"


async def peopled(house: SmallHub) -> None:
    async with house.database.transaction() as session:
        await units.seed(session)
        assert await citizens.found(session) == 20


def production(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Settings.model_construct(**(settings().model_dump() | {"environment": "production"}))
    monkeypatch.setattr("identity.test_citizens.service.settings", lambda: real)
    own = PluginsSettings.model_construct(environment="production")
    monkeypatch.setattr("plugins.developers.organisation_routes.settings", lambda: own)


async def test_developers_are_told_how_to_sign_in_as_them(house: SmallHub, workshop: Studio) -> None:
    assert (await house.client.get(LIST)).json()["items"] == []
    await peopled(house)
    items = (await house.client.get(LIST)).json()["items"]
    assert len(items) == 20
    first = {"name": CITIZENS[0].name, "phone": "+84900000001", "code": "000000", "level": 2, "language": "vi"}
    assert items[0] == first
    await house.signed_in(name="Thu")
    stranger = await house.client.get(LIST)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "developers.organisation_not_found")


async def test_a_version_is_given_to_a_test_citizen_by_telephone(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await peopled(house)
    await approved(house, blobs, workshop, 1)
    answer = await rolled(house, 1, "whitelist", people=["+84900000002"])
    assert answer.json()["state"] == "whitelist", answer.text
    async with house.database.session() as session:
        chosen, other = await citizens.find(session, "+84900000002"), await citizens.find(session, "+84900000003")
    await house.signed_in(person_id=chosen)
    opened = await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})
    assert opened.json()["version_code"] == 1
    await house.signed_in(person_id=other)
    assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).status_code == 404


async def test_no_other_telephone_names_anybody_and_production_names_nobody(
    house: SmallHub, workshop: Studio, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await peopled(house)
    await approved(house, blobs, workshop, 1)
    real = await rolled(house, 1, "whitelist", people=["+84912345678"])
    assert (real.status_code, real.json()["code"]) == (422, "rollout.tester_unknown")
    production(monkeypatch)
    gone = await rolled(house, 1, "whitelist", people=["+84900000002"])
    assert (gone.status_code, gone.json()["code"]) == (422, "rollout.tester_unknown")
    assert (await house.client.get(LIST)).status_code == 404
