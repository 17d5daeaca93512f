"""What goes is said with every answer of its address, by the table that `hs doctor` reads, and with no other answer."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

import pytest

from hanoismart import lifecycle
from plugins.routers import ROUTERS
from tests.support.miniapps import APP, SmallHub, installed, manifest

STORAGE = "/v1/miniapps/{app_id}/storage"
GOES = lifecycle.Deprecation(date(2026, 1, 1), date(2026, 8, 1), "storage.info", (f"GET {STORAGE}",))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, lifecycle.Deprecation]:
    rows: dict[str, lifecycle.Deprecation] = {}
    monkeypatch.setattr(lifecycle, "DEPRECATIONS", rows)
    return rows


async def opened(hub: SmallHub) -> None:
    async with hub.database.transaction() as session:
        await installed(session, manifest())
    await hub.signed_in()
    await hub.agree()
    await hub.opened()


async def test_answers_of_what_goes_say_when(hub: SmallHub, table: dict[str, lifecycle.Deprecation]) -> None:
    await opened(hub)
    place = STORAGE.format(app_id=APP)
    before = await hub.client.get(place)
    assert not {"deprecation", "sunset"} & before.headers.keys()
    table["storage.get"] = GOES
    for answer in (await hub.client.get(place), await hub.client.get(STORAGE.format(app_id="vn.hanoi.none"))):
        assert answer.status_code in {200, 404}
        assert answer.headers["deprecation"] == f"@{int(datetime(2025, 12, 31, 17, tzinfo=UTC).timestamp())}"  # RFC 9745: a structured date
        assert parsedate_to_datetime(answer.headers["sunset"]) == datetime(2026, 7, 31, 17, tzinfo=UTC)  # RFC 8594: an HTTP date
    for other in (await hub.client.put(f"{place}/a", json={"value": 1}), await hub.client.get("/v1/miniapps")):
        assert not {"deprecation", "sunset"} & other.headers.keys()


async def test_a_row_may_name_an_address_itself_and_the_gateway_too(hub: SmallHub, table: dict[str, lifecycle.Deprecation]) -> None:
    await opened(hub)
    later = lifecycle.Deprecation(date(2026, 1, 1), date(2027, 1, 1), "/v2/miniapps")
    table |= {"GET /v1/miniapps": later, "catalogue": lifecycle.Deprecation(GOES.since, GOES.sunset, "x", ("GET /v1/miniapps",))}
    table["GET /v1/gw/{app_id}/{path}"] = later
    assert (await hub.client.get("/v1/miniapps")).headers["sunset"] == GOES.headers()["Sunset"]  # the sooner end counts
    assert (await hub.client.get(f"/v1/gw/{APP}/tickets")).headers["sunset"] == later.headers()["Sunset"]


def test_a_row_names_addresses_that_are_there() -> None:
    known = {f"{method} {route.path}" for router in ROUTERS for route in router.routes for method in getattr(route, "methods", ())}  # type: ignore[attr-defined] # every one of ours has a path
    assert f"GET {STORAGE}" in known
    named = {one for name, row in lifecycle.DEPRECATIONS.items() for one in (name, *row.addresses) if " /" in one}
    assert named <= known
