"""Administrative units: a code names a unit only together with a date, and names are found with and without marks."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold, search_copy
from hanoismart.server.database import Database
from identity.api import places
from identity.places.models import AdminUnit, UnitKind, UnitLevel
from identity.places.routes import router
from tests.support.apps import served

REFORM = date(2025, 7, 1)


def former(code: str, name: str, *, until: date = REFORM) -> AdminUnit:
    return AdminUnit(
        gso_code=code,
        level=UnitLevel.COMMUNE,
        kind=UnitKind.PHUONG,
        name=name,
        name_search=search_copy(name),
        name_folded=fold(name),
        valid_from=date(2020, 1, 1),
        valid_to=until,
        legal_basis="test",
    )


async def test_seeding_brings_126_units_once(session: AsyncSession) -> None:
    assert await places.seed(session) == 126
    assert await places.seed(session) == 0
    kinds = list(await session.scalars(select(AdminUnit.kind)))
    assert (kinds.count(UnitKind.PHUONG), kinds.count(UnitKind.XA)) == (51, 75)


async def test_a_code_names_another_unit_on_another_day(session: AsyncSession) -> None:
    await places.seed(session)
    session.add(former("00070", "Phường Hàng Trống"))
    await session.flush()
    assert (await places.unit_by_code(session, "00070", REFORM)).name == "Phường Hoàn Kiếm"
    assert (await places.unit_by_code(session, "00070", date(2025, 6, 30))).name == "Phường Hàng Trống"
    assert (await places.unit_by_code(session, "00070")).name == "Phường Hoàn Kiếm"
    with pytest.raises(places.UnitNotFound):
        await places.unit_by_code(session, "00070", date(2019, 1, 1))


async def test_two_units_never_bear_one_code_on_one_day(session: AsyncSession) -> None:
    await places.seed(session)
    session.add(former("00070", "Phường Hàng Trống", until=date(2025, 7, 2)))
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_names_are_found_with_and_without_marks(session: AsyncSession) -> None:
    await places.seed(session)
    assert [unit.code for unit in await places.search(session, "hoan kiem")] == ["00070"]
    assert [unit.code for unit in await places.search(session, "HOÀN KIẾM")] == ["00070"]
    assert await places.search(session, "hoán kiếm") == []
    assert await places.search(session, "%") == []


async def test_the_list_is_paged_and_takes_a_day(db: Database) -> None:
    async with db.transaction() as session:
        await places.seed(session)
        session.add(former("00070", "Phường Hàng Trống"))
    async with served(db, [router]) as hub:
        seen: list[str] = []
        cursor = None
        while True:
            answer = (await hub.client.get("/v1/places/units", params={"limit": 50} | ({"cursor": cursor} if cursor else {}))).json()
            seen += [unit["code"] for unit in answer["items"]]
            cursor = answer["next"]
            if cursor is None:
                break
        assert len(seen) == 126
        assert seen == sorted(seen)
        old = (await hub.client.get("/v1/places/units", params={"as_of": "2025-06-30"})).json()["items"]
        assert [unit["name"] for unit in old] == ["Phường Hàng Trống"]
        one = await hub.client.get(f"/v1/places/units/{old[0]['id']}")
        assert (one.status_code, one.json()["valid_to"]) == (200, "2025-07-01")
        absent = await hub.client.get("/v1/places/units/00000000-0000-7000-8000-000000000000")
        assert (absent.status_code, absent.json()["code"]) == (404, "places.unit_not_found")
