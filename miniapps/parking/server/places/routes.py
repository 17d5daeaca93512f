"""Finding a car park needs no account."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.miniapp import Public
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from miniapps.parking.server.models import VehicleClass
from miniapps.parking.server.places import queries
from miniapps.parking.server.places.queries import PlaceNotFound
from miniapps.parking.server.places.schemas import PlaceOut, place_out

router = Router(tags=["places"])


@router.get("/places", audience=Public(), response_model=ListOut[PlaceOut])
async def list_places(
    session: Session,
    page: Paging,
    lat: Annotated[float, Query(ge=-90, le=90)],
    lon: Annotated[float, Query(ge=-180, le=180)],
    radius: Annotated[int, Query(ge=1, le=20_000, description="metres")] = 1000,
    vehicle_class: VehicleClass | None = None,
) -> Page[PlaceOut]:
    """Car parks within a radius, the nearest first."""
    found = queries.near(lat, lon, radius, vehicle_class)
    rows = await paginate(session, select(found), [found.c.distance, found.c.id], page, newest_first=False)
    spaces = await queries.spaces(session, [row.id for row in rows.items])
    return Page([place_out(row, spaces.get(row.id, [])) for row in rows.items], rows.next)


@router.get("/places/{place_id}", audience=Public(), response_model=PlaceOut, problems=[PlaceNotFound])
async def read_place(place_id: UUID, session: Session) -> PlaceOut:
    """One car park."""
    row = await queries.place(session, place_id)
    return place_out(row, (await queries.spaces(session, [place_id])).get(place_id, []))
