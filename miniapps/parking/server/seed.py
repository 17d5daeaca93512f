"""Puts the demonstration's car parks and the city's tariff into the database; again changes nothing but names and sizes."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.server.database import Database
from hanoismart.server.jobs import Run
from hanoismart.server.miniapp import MiniAppSettings
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.places.jobs import simulate
from miniapps.parking.server.places.models import Capacity, OccupancyObservation, Operator, Place
from miniapps.parking.server.rates.models import LineKind, RateCollectionRow, RateLineRow, RateTableRow

FILE = Path(__file__).with_name("seed.json")


async def seed(database: Database) -> int:
    """Load seed.json; returns how many places there are. Tariff versions that stand are left as they are: sessions are frozen to them."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        operators = {one["code"]: await _operator(session, one) for one in document["operators"]}
        for one in document["rate_tables"]:
            await _rate_table(session, one)
        for one in document["places"]:
            await _place(session, one, operators[one["operator"]])
        if await session.scalar(select(OccupancyObservation.id).limit(1)) is None:
            await simulate(session, Run({}, 0, database, {}))
    return len(document["places"])


async def _operator(session: AsyncSession, given: Mapping[str, Any]) -> UUID:
    row = insert(Operator).values(id=new_id(), code=given["code"], name=given["name"], created_at=now())
    kept = row.on_conflict_do_update(index_elements=[Operator.code], set_={"name": given["name"]}).returning(Operator.id)
    return (await session.execute(kept)).scalar_one()


async def _place(session: AsyncSession, given: Mapping[str, Any], operator_id: UUID) -> None:
    values = {name: given[name] for name in ("name", "address", "district", "latitude", "longitude", "rate_code", "invented")}
    row = insert(Place).values(id=new_id(), code=given["code"], operator_id=operator_id, created_at=now(), **values)
    kept = row.on_conflict_do_update(index_elements=[Place.code], set_={**values, "operator_id": operator_id}).returning(Place.id)
    place_id = (await session.execute(kept)).scalar_one()
    for vehicle_class, spaces in given["capacity"].items():
        size = insert(Capacity).values(place_id=place_id, vehicle_class=VehicleClass(vehicle_class), spaces=spaces)
        keys = [Capacity.place_id, Capacity.vehicle_class]
        await session.execute(size.on_conflict_do_update(index_elements=keys, set_={"spaces": spaces}))


async def _rate_table(session: AsyncSession, given: Mapping[str, Any]) -> None:
    known = select(RateTableRow.id).where(RateTableRow.code == given["code"], RateTableRow.version == given["version"])
    if await session.scalar(known) is not None:
        return
    table = RateTableRow(
        id=new_id(),
        code=given["code"],
        version=given["version"],
        name_vi=given["name"]["vi"],
        name_en=given["name"]["en"],
        source=given["source"],
        valid_from=datetime.fromisoformat(given["valid_from"]),
        valid_to=datetime.fromisoformat(given["valid_to"]) if given["valid_to"] else None,
        passes=given["passes"],
    )
    session.add(table)
    await session.flush()
    for one in given["collections"]:
        await _collection(session, table.id, one)


async def _collection(session: AsyncSession, rate_table_id: UUID, given: Mapping[str, Any]) -> None:
    row = RateCollectionRow(
        id=new_id(),
        rate_table_id=rate_table_id,
        vehicle_class=VehicleClass(given["vehicle_class"]),
        window_start=time.fromisoformat(given["window_start"]),
        window_end=time.fromisoformat(given["window_end"]),
        most=given["most"],
    )
    session.add(row)
    await session.flush()
    for number, line in enumerate(given["lines"], 1):
        session.add(
            RateLineRow(
                id=new_id(),
                collection_id=row.id,
                sequence=number,
                kind=LineKind(line["kind"]),
                starts_after=line["starts_after"],
                ends_after=line.get("ends_after"),
                increment=line.get("increment"),
                value=line["value"],
            )
        )


async def main() -> None:
    """Seed the database the environment names (MiniAppSettings)."""
    database = Database(MiniAppSettings.from_environment().database_url)
    try:
        await seed(database)
    finally:
        await database.dispose()


if __name__ == "__main__":
    asyncio.run(main())
