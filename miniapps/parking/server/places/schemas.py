"""What is said about a car park."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hanoismart.server.schemas import Out
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.places.models import Capacity, OccupancyObservation


class SpacesOut(Out):
    """`source` says whether `free` was observed or is simulated."""

    vehicle_class: VehicleClass
    spaces: int
    free: int | None
    source: str | None
    observed_at: datetime | None


class PlaceOut(Out):
    """`distance` in metres from the asked point; `invented` places exist in the demonstration only."""

    id: UUID
    code: str
    name: str
    address: str
    district: str
    operator: str
    latitude: float
    longitude: float
    invented: bool
    distance: int | None
    capacity: list[SpacesOut]


def place_out(row: Any, spaces: Sequence[tuple[Capacity, OccupancyObservation | None]]) -> PlaceOut:
    return PlaceOut(
        id=row.id,
        code=row.code,
        name=row.name,
        address=row.address,
        district=row.district,
        operator=row.operator,
        latitude=row.latitude,
        longitude=row.longitude,
        invented=row.invented,
        distance=getattr(row, "distance", None),
        capacity=[_spaces(capacity, seen) for capacity, seen in spaces],
    )


def _spaces(capacity: Capacity, seen: OccupancyObservation | None) -> SpacesOut:
    return SpacesOut(
        vehicle_class=capacity.vehicle_class,
        spaces=capacity.spaces,
        free=seen.free if seen else None,
        source=seen.source.value if seen else None,
        observed_at=seen.at if seen else None,
    )
