"""The city's administrative units, for everyone."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from identity.places import queries
from identity.places.models import AdminUnit
from identity.places.schemas import UnitOut

router = Router(tags=["places"])


@router.get("/v1/places/units", audience=Anyone(), problems=[CursorInvalid], response_model=ListOut[UnitOut])
async def list_units(
    session: Session,
    page: Paging,
    q: Annotated[str | None, Query(max_length=100, pattern="^[^\x00]*$", description="part of a name, with or without marks")] = None,
    as_of: Annotated[date | None, Query(description="the day the units are valid on; default today")] = None,
) -> ListOut[UnitOut]:
    """The communes and wards valid on a day, by code."""
    found = await paginate(session, queries.matching(q, as_of), [AdminUnit.gso_code, AdminUnit.id], page, newest_first=False)
    return ListOut(items=[UnitOut.model_validate(queries.of(row)) for row in found.items], next=found.next)


@router.get("/v1/places/units/{unit_id}", audience=Anyone(), problems=[queries.UnitNotFound], response_model=UnitOut)
async def read_unit(session: Session, unit_id: UUID) -> UnitOut:
    """One unit, whenever it was valid."""
    return UnitOut.model_validate(await queries.unit(session, unit_id))
