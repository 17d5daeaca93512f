"""Finds car parks near a point: a bounding box on the index, then the exact distance on the sphere."""

import math
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.problems import Problem
from hanoismart.text import Text
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.places.models import Capacity, OccupancyObservation, Operator, Place

EARTH: Final = 6_371_008.8  # mean radius in metres (IUGG)
METRES_PER_DEGREE: Final = math.pi * EARTH / 180


class PlaceNotFound(Problem):
    code = "parking.place_not_found"
    status = 404
    title = Text(vi="Không tìm thấy bãi đỗ", en="There is no such car park")


def near(latitude: float, longitude: float, radius: int, vehicle_class: VehicleClass | None) -> Any:
    """Places within `radius` metres, as a subquery with `distance` in whole metres."""
    reach = radius / METRES_PER_DEGREE
    across = reach / max(math.cos(math.radians(min(abs(latitude) + reach, 89.9))), 0.001)
    half_latitude = func.radians(Place.latitude - latitude) / 2
    half_longitude = func.radians(Place.longitude - longitude) / 2
    chord = func.power(func.sin(half_latitude), 2) + math.cos(math.radians(latitude)) * func.cos(func.radians(Place.latitude)) * func.power(
        func.sin(half_longitude), 2
    )
    distance = cast(func.round(2 * EARTH * func.asin(func.least(1.0, func.sqrt(chord)))), Integer).label("distance")
    within = select(*_columns(), distance).join(Operator, Operator.id == Place.operator_id)
    within = within.where(
        Place.latitude.between(latitude - reach, latitude + reach), Place.longitude.between(longitude - across, longitude + across)
    )
    if vehicle_class is not None:
        offered = select(Capacity.place_id).where(Capacity.vehicle_class == vehicle_class, Capacity.spaces > 0)
        within = within.where(Place.id.in_(offered))
    boxed = within.subquery()
    return select(boxed).where(boxed.c.distance <= radius).subquery()


def _columns() -> Sequence[Any]:
    names = ("id", "code", "name", "address", "district", "latitude", "longitude", "rate_code", "invented")
    return [*(getattr(Place, name) for name in names), Operator.name.label("operator")]


async def place(session: AsyncSession, place_id: UUID) -> Any:
    """One place with its operator. Raises PlaceNotFound."""
    statement: Select[Any] = select(*_columns()).join(Operator, Operator.id == Place.operator_id).where(Place.id == place_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise PlaceNotFound
    return row


async def spaces(session: AsyncSession, place_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Capacity, OccupancyObservation | None]]]:
    """Capacity and the latest observation, by place."""
    if not place_ids:
        return {}
    latest = (
        select(OccupancyObservation)
        .where(OccupancyObservation.place_id.in_(place_ids))
        .ext(distinct_on(OccupancyObservation.place_id, OccupancyObservation.vehicle_class))
        .order_by(OccupancyObservation.place_id, OccupancyObservation.vehicle_class, OccupancyObservation.at.desc())
    )
    observed = {(row.place_id, row.vehicle_class): row for row in await session.scalars(latest)}
    found: dict[UUID, list[tuple[Capacity, OccupancyObservation | None]]] = {}
    for row in await session.scalars(select(Capacity).where(Capacity.place_id.in_(place_ids)).order_by(Capacity.vehicle_class)):
        found.setdefault(row.place_id, []).append((row, observed.get((row.place_id, row.vehicle_class))))
    return found
