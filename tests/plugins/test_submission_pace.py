"""A day has so many submissions of an app: superseding frees none of them, two at once do not slip through, and reading is counted, too."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from hanoismart import package
from hanoismart.clock import FixedClock, now, use
from kernel.blobs import Blobs
from plugins import settings as plugin_settings
from plugins.packages import pacing
from plugins.registry.models import Version
from tests.support.miniapps import SmallHub
from tests.support.publishing import Studio, sent, uploaded


@pytest.fixture(autouse=True)
def _two_a_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HANOISMART_SUBMISSIONS_PER_DAY", "2")
    plugin_settings.settings.cache_clear()
    yield
    plugin_settings.settings.cache_clear()


def spent(answer: Any) -> int:
    """The seconds one is asked to wait."""
    assert (answer.status_code, answer.json()["code"]) == (429, "packages.submissions_spent")
    return int(answer.headers["retry-after"])


async def test_superseding_one_after_another_ends_for_a_day(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    moment = now()
    with use(FixedClock(moment)):
        assert (await sent(house, blobs, workshop, workshop.built(1))).status_code == 202
    with use(FixedClock(moment + timedelta(hours=1))) as clock:
        assert (await sent(house, blobs, workshop, workshop.built(2), supersede=True)).status_code == 202
        same = await sent(house, blobs, workshop, workshop.built(2))
        assert same.status_code == 202  # the same package again is the same version
        wait = spent(await sent(house, blobs, workshop, workshop.built(3), supersede=True))
        assert 22 * 3600 < wait <= 23 * 3600 + 1
        clock.advance(timedelta(seconds=wait))
        assert (await sent(house, blobs, workshop, workshop.built(3), supersede=True)).status_code == 202
        spent(await sent(house, blobs, workshop, workshop.built(4), supersede=True))


async def test_another_app_has_a_day_of_its_own(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    for code in (1, 2):
        assert (await sent(house, blobs, workshop, workshop.built(code))).status_code == 202
    spent(await sent(house, blobs, workshop, workshop.built(3)))
    other = {"app_id": "vn.example.other", "name_vi": "Hiệu sách", "name_en": "Bookshop"}
    assert (await house.client.post(f"/v1/dev/organisations/{workshop.organisation_id}/apps", json=other)).status_code == 201
    async with house.database.transaction() as session:
        upload_id = await uploaded(session, blobs, workshop.developer_id, workshop.built(1, app_id="vn.example.other").to_bytes())
    taken = await house.client.post("/v1/dev/apps/vn.example.other/versions", json={"upload_id": str(upload_id)})
    assert taken.status_code == 202


async def test_many_at_once_are_no_more_than_one_after_another(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    answers = await asyncio.gather(*(sent(house, blobs, workshop, workshop.built(code)) for code in (1, 2, 3, 4)))
    assert sum(one.status_code == 202 for one in answers) <= 2
    assert {one.status_code for one in answers} <= {202, 409, 429}
    async with house.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Version)) == sum(one.status_code == 202 for one in answers)


async def test_packages_that_are_refused_are_read_only_so_often(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    bad = package.archive.write({"index.html": b"no manifest"})
    for _ in range(2 * pacing.READINGS):
        assert (await sent(house, blobs, workshop, bad)).json()["code"] == "packages.refused"
    assert 0 < spent(await sent(house, blobs, workshop, bad)) <= 86_401
    spent(await sent(house, blobs, workshop, workshop.built(1)))
    with use(FixedClock(now() + timedelta(days=1, seconds=1))):
        assert (await sent(house, blobs, workshop, workshop.built(1))).status_code == 202
