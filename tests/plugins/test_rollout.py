"""Rolling out and back, killing and suspending: what is served to whom, and how fast it stops."""

from datetime import timedelta
from typing import Any

import pytest

from hanoismart.clock import FixedClock, now, use
from hanoismart.text import Text
from identity.organisations.models import OrganisationKind
from kernel.blobs import Blobs
from plugins.gateway.models import PassageRow
from plugins.registry.models import VersionState
from plugins.registry.serving import bucket, choices
from plugins.rollout import guard, service
from plugins.rollout.watching import watch_canaries
from tests.support.miniapps import SmallHub
from tests.support.publishing import APP_ID, Studio, approved, rolled, staff, state_of, studio


async def test_whitelist_canary_live_and_back_at_any_time(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2)
    assert (await rolled(house, 2, "whitelist")).json()["state"] == "whitelist"
    mine = await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})
    assert mine.json()["version_code"] == 2
    await house.signed_in(name="Lan")
    theirs = await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})
    assert theirs.json()["version_code"] == 1
    await house.signed_in(person_id=workshop.developer_id)
    assert (await rolled(house, 2, "canary", percent=25)).json()["canary_percent"] == 25
    async with house.database.session() as session:
        chosen = await choices(session, APP_ID)
    assert chosen is not None
    drawn = [f"k.{number}" for number in range(4_000)]
    given = {sub: picked.version_code for sub in drawn if (picked := chosen.pick(sub)) is not None}
    share = sum(code == 2 for code in given.values()) / len(drawn)
    assert 0.20 < share < 0.30
    assert all((code == 2) == (bucket(APP_ID, 2, sub) < 2_500) for sub, code in given.items())
    assert (await rolled(house, 2, "canary", percent=50)).json()["canary_percent"] == 50
    async with house.database.session() as session:
        wider = await choices(session, APP_ID)
    assert wider is not None
    kept = [sub for sub, code in given.items() if code == 2]
    again = {picked.version_code for sub in kept if (picked := wider.pick(sub)) is not None}
    assert again == {2}
    back = await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")
    assert back.json() == {"live": 1}
    assert await state_of(house, 2) is VersionState.INELIGIBLE
    await approved(house, blobs, workshop, 3)
    await rolled(house, 3, "live")
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json() == {"live": 1}
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/rollback")).json()["code"] == "miniapps.nothing_to_roll_back_to"


async def test_a_revoked_version_is_served_to_nobody(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2)
    await rolled(house, 2, "live")
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/versions/2/revoke")).json()["state"] == "revoked"
    assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).json()["version_code"] == 1
    assert (await rolled(house, 2, "live")).status_code == 409


@pytest.mark.parametrize(
    ("canary", "live", "taken_back"),
    [
        ((199, 199), (1000, 0), False),
        ((200, 40), (1000, 10), True),
        ((200, 8), (1000, 10), False),
        ((5000, 400), (5000, 50), True),
        ((300, 60), (0, 0), True),
    ],
)
def test_the_guard_speaks_only_where_chance_does_not(canary: tuple[int, int], live: tuple[int, int], taken_back: bool) -> None:
    assert guard.too_bad(guard.Measured(*canary), guard.Measured(*live)) is taken_back


async def test_a_failing_canary_is_taken_back_by_itself(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    await approved(house, blobs, workshop, 2)
    await rolled(house, 2, "canary", percent=5)
    await _passed(house, 1, calls=400, errors=2)
    await _passed(house, 2, calls=199, errors=150)
    await run_once(house)
    assert await state_of(house, 2) is VersionState.CANARY
    await _passed(house, 2, calls=10, errors=10)
    await run_once(house)
    assert await state_of(house, 2) is VersionState.INELIGIBLE


async def run_once(house: SmallHub) -> None:
    from hanoismart.server.jobs import Run

    async with house.database.transaction() as session:
        await watch_canaries(session, Run({}, 0, house.database, {}))


async def _passed(house: SmallHub, code: int, *, calls: int, errors: int) -> None:
    from hanoismart.ids import new_id

    async with house.database.transaction() as session:
        session.add_all(
            PassageRow(
                id=new_id(), at=now(), app_id=APP_ID, version_code=code, method="GET", status=502 if number < errors else 200,
                code=None, milliseconds=1, sent=0, received=0,
            )
            for number in range(calls)
        )  # fmt: skip


async def test_what_is_killed_stops_and_starts_again(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    why = {"reason_vi": "Đang kiểm tra", "reason_en": "Under investigation"}
    killed = (await house.client.post(f"/v1/dev/apps/{APP_ID}/kill", json=why)).json()
    stopped = await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})
    assert (stopped.status_code, stopped.json()["code"], stopped.json()["detail"]) == (403, "miniapps.suspended", "Đang kiểm tra")
    assert (await house.client.delete(f"/v1/dev/apps/{APP_ID}/kills/{killed['id']}")).status_code == 204
    assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).status_code == 201
    officer = await staff(house, "Hòa")
    for scope in ({}, {"app_id": APP_ID, "version_code": 1}):
        await house.signed_in(person_id=officer)
        row = (await house.client.post("/v1/review/kills", json={**why, **scope})).json()
        await house.signed_in(person_id=workshop.developer_id)
        assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).status_code == 403
        assert (await house.client.delete(f"/v1/dev/apps/{APP_ID}/kills/{row['id']}")).status_code == 404
        await house.signed_in(person_id=officer)
        assert (await house.client.delete(f"/v1/review/kills/{row['id']}")).status_code == 204
    ward = (await house.client.post("/v1/review/kills", json={**why, "app_id": APP_ID, "ward_code": "00001"})).json()
    assert ward["ward_code"] == "00001"
    assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).status_code == 201
    assert (await house.client.post("/v1/review/kills", json={**why, "app_id": "vn.example.none"})).status_code == 404


async def test_a_suspension_is_appealed_to_somebody_else_and_ends_late(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    first, second = await staff(house, "Hòa"), await staff(house, "Thu")
    await house.signed_in(person_id=first)
    why = {"reason_vi": "Lừa dối về giá", "reason_en": "Misleading prices"}
    assert (await house.client.post(f"/v1/review/apps/{APP_ID}/suspend", json=why)).status_code == 200
    assert (await house.client.post(f"/v1/review/apps/{APP_ID}/terminate")).json()["code"] == "miniapps.step_impossible"
    await house.signed_in(person_id=workshop.developer_id)
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/publish")).json()["code"] == "miniapps.step_impossible"
    appeal = await house.client.post(f"/v1/dev/apps/{APP_ID}/appeal", json={"text": "Giá đúng"})
    assert appeal.status_code == 201
    assert (await house.client.post(f"/v1/dev/apps/{APP_ID}/appeal", json={"text": "Giá đúng"})).status_code == 409
    await house.signed_in(person_id=first)
    (waiting,) = (await house.client.get("/v1/review/appeals")).json()["items"]
    decision = {"granted": True, "note": "đúng"}
    own = await house.client.post(f"/v1/review/appeals/{waiting['id']}/decide", json=decision)
    assert own.json()["code"] == "review.own_work"
    await house.signed_in(person_id=second)
    assert (await house.client.post(f"/v1/review/appeals/{waiting['id']}/decide", json=decision)).status_code == 200
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).status_code == 200
    await house.client.post(f"/v1/review/apps/{APP_ID}/suspend", json=why)
    with use(FixedClock(now() + timedelta(days=91))):
        await house.signed_in(person_id=workshop.developer_id)
        late = await house.client.post(f"/v1/dev/apps/{APP_ID}/appeal", json={"text": "muộn"})
        assert late.json()["code"] == "review.appeal_impossible"
        await house.signed_in(person_id=first)
        assert (await house.client.post(f"/v1/review/apps/{APP_ID}/terminate")).json()["status"] == "terminated"


async def test_every_process_hears_of_a_change_by_itself(house: SmallHub, workshop: Studio, blobs: Blobs) -> None:
    from plugins.registry.changes import Changes

    await approved(house, blobs, workshop, 1)
    heard: list[str] = []
    feed = Changes(house.database)
    feed.on_change(heard.append)
    await feed.look()
    heard.clear()
    await rolled(house, 1, "live")
    await feed.look()
    assert set(heard) == {APP_ID}
    heard.clear()
    await feed.look()
    assert heard == []
    async with house.database.transaction() as session:
        await service.kill(session, app_id=None, reason=Text(vi="x", en="x"), actor="staff:test")
    await feed.look()
    assert heard == ["*"]


async def test_an_agency_has_the_citys_names(house: SmallHub) -> None:
    async with house.database.transaction() as session:
        agency = await studio(session, code="H26.99", kind=OrganisationKind.AGENCY)
    await house.signed_in(person_id=agency.developer_id)
    app = {"app_id": "vn.hanoi.trees", "name_vi": "Cây xanh", "name_en": "Trees"}
    assert (await house.client.post(f"/v1/dev/organisations/{agency.organisation_id}/apps", json=app)).status_code == 201


@pytest.mark.parametrize("scope", [{}, {"app_id": APP_ID}, {"app_id": APP_ID, "version_code": 1}, "suspended"])
async def test_what_stands_still_is_on_no_shelf_until_it_runs_again(house: SmallHub, workshop: Studio, blobs: Blobs, scope: Any) -> None:
    await approved(house, blobs, workshop, 1)
    await rolled(house, 1, "live")
    assert (await house.client.post(f"/v1/miniapps/{APP_ID}/launch", json={})).status_code == 201
    shelves = ("/v1/miniapps", "/v1/miniapps?q=goc", "/v1/miniapps?category=transport", "/v1/me/miniapps")

    async def seen() -> list[int]:
        return [len((await house.client.get(shelf)).json()["items"]) for shelf in shelves]

    mark = (await house.client.get("/v1/miniapps")).headers["etag"]
    assert await seen() == [1, 1, 1, 1]
    officer = await staff(house, "Hòa")
    caller = house.chosen.caller
    why = {"reason_vi": "Đang kiểm tra", "reason_en": "Under investigation"}
    await house.signed_in(person_id=officer)
    if scope == "suspended":
        assert (await house.client.post(f"/v1/review/apps/{APP_ID}/suspend", json=why)).status_code == 200
    else:
        for other in ({"ward_code": "00001"}, {"method": "geo.get"}, {"version_code": 1, "method": "gateway"}):
            assert (await house.client.post("/v1/review/kills", json={**why, "app_id": APP_ID, **other})).status_code == 201
        house.chosen.caller = caller
        assert await seen() == [1, 1, 1, 1]  # what stops a part of an app leaves it where it stands
        await house.signed_in(person_id=officer)
        killed = (await house.client.post("/v1/review/kills", json={**why, **scope})).json()
    house.chosen.caller = caller
    assert await seen() == [0, 0, 0, 0]
    assert (await house.client.get("/v1/miniapps", headers={"if-none-match": mark})).status_code == 200
    assert (await house.client.get(f"/v1/miniapps/{APP_ID}")).json()["code"] == "miniapps.suspended"
    await house.signed_in(person_id=officer)
    if scope == "suspended":
        assert (await house.client.post(f"/v1/review/apps/{APP_ID}/restore")).status_code == 200
    else:
        assert (await house.client.delete(f"/v1/review/kills/{killed['id']}")).status_code == 204
    house.chosen.caller = caller
    assert await seen() == [1, 1, 1, 1]
