"""Finding car parks: nearest first, paged, labelled, and only through the gateway."""

import math

import pytest
from sqlalchemy import func, select

from miniapps.parking.server.places.models import Place
from miniapps.parking.server.rates.models import RateTableRow
from miniapps.parking.server.seed import seed
from miniapps.parking.tests.conftest import Parking

HOAN_KIEM = {"lat": 21.0287, "lon": 105.8524}


def metres(one: dict[str, float], two: dict[str, float]) -> float:
    """The distance on a sphere, written another way than the query's."""
    a, b = math.radians(one["lat"]), math.radians(two["latitude"])
    across = math.radians(two["longitude"] - one["lon"])
    return 6_371_008.8 * math.acos(min(1.0, math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(across)))


async def everything(parking: Parking, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = (await parking.call("GET", f"/places?{query}&limit=3{cursor}", sub=None)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_places_come_nearest_first_over_pages(parking: Parking) -> None:
    found = await everything(parking, "lat=21.0287&lon=105.8524&radius=1500")
    distances = [float(str(one["distance"])) for one in found]
    assert len(found) >= 8
    assert distances == sorted(distances)
    assert all(one["invented"] for one in found)
    for one in found:
        assert abs(metres(HOAN_KIEM, one) - float(str(one["distance"]))) <= 1  # type: ignore[arg-type] # numbers in JSON
    async with parking.mounted.database.session() as session:
        rows = list(await session.scalars(select(Place)))
    inside = {row.code for row in rows if metres(HOAN_KIEM, {"latitude": row.latitude, "longitude": row.longitude}) <= 1500}
    assert {one["code"] for one in found} == inside


async def test_a_vehicle_class_narrows_and_occupancy_says_that_it_is_simulated(parking: Parking) -> None:
    cars = await everything(parking, "lat=21.0287&lon=105.8524&radius=3000&vehicle_class=car")
    assert "nguyen-xi" not in {one["code"] for one in cars}
    one = (await parking.call("GET", f"/places/{cars[0]['id']}", sub=None)).json()
    assert {space["source"] for space in one["capacity"]} == {"simulated"}
    assert all(0 <= space["free"] <= space["spaces"] for space in one["capacity"])
    assert (await parking.call("GET", "/places/01a200d1-f0cc-7513-a988-636612164421")).json()["code"] == "parking.place_not_found"


@pytest.mark.parametrize("query", ["", "lat=91&lon=0", "lat=21&lon=x", "lat=21&lon=105&radius=0", "lat=21&lon=105&radius=20001"])
async def test_a_senseless_question_is_refused(parking: Parking, query: str) -> None:
    assert (await parking.call("GET", f"/places?{query}")).json()["code"] == "request.invalid"


async def test_nobody_comes_past_the_gateway(parking: Parking) -> None:
    for headers in ({}, {"HS-Assertion": "forged"}, {"Authorization": "Bearer x"}):
        refused = await parking.client.get("/places?lat=21&lon=105", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "miniapp.assertion_refused")
    assert (await parking.client.get("/healthz")).status_code == 204


async def test_seeding_again_changes_nothing(parking: Parking) -> None:
    assert await seed(parking.mounted.database) >= 30
    async with parking.mounted.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Place)) == await seed(parking.mounted.database)
        assert await session.scalar(select(func.count()).select_from(RateTableRow)) == 1
