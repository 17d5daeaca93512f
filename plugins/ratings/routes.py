"""Rating an app, and reading what others said."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.paging import Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, ListOut, Out
from kernel.access import CallerDep, Person
from plugins.ratings import service
from plugins.ratings.models import Rating
from plugins.ratings.service import NotUsed
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId

router = Router(tags=["miniapps"])


class RatingIn(In):
    stars: Annotated[int, Field(ge=1, le=5)]
    words: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None


class RatingOut(Out):
    id: UUID
    stars: int
    words: str | None
    version_code: int
    edited_at: datetime


class SpreadOut(Out):
    """`stars` by number of stars; null below ten people."""

    stars: dict[int, int] | None


@router.put("/v1/miniapps/{app_id}/rating", audience=Person(acr=2), response_model=RatingOut, problems=[AppNotFound, AppSuspended, NotUsed])
async def rate_app(app_id: AppId, body: RatingIn, session: Session, caller: CallerDep) -> Rating:
    """Rate an app I have opened; only verified accounts may."""
    return await service.rate(session, app_id, caller.person, body.stars, body.words)


@router.delete("/v1/miniapps/{app_id}/rating", audience=Person(), status_code=204)
async def withdraw_rating(app_id: AppId, session: Session, caller: CallerDep) -> None:
    """Take my rating back."""
    await service.withdraw(session, app_id, caller.person)


@router.get("/v1/miniapps/{app_id}/ratings", audience=Anyone(), response_model=ListOut[RatingOut], problems=[AppNotFound, AppSuspended])
async def list_ratings(app_id: AppId, session: Session, page: Paging) -> Page[RatingOut]:
    """What people wrote, the newest first; who they are is not told."""
    await serving.served(session, app_id)
    found = await paginate(session, service.listed(app_id), [Rating.edited_at, Rating.id], page)
    return Page([RatingOut.model_validate(row) for row in found.items], found.next)


@router.get("/v1/miniapps/{app_id}/ratings/spread", audience=Anyone(), response_model=SpreadOut, problems=[AppNotFound, AppSuspended])
async def read_spread(app_id: AppId, session: Session) -> SpreadOut:
    await serving.served(session, app_id)
    return SpreadOut(stars=await service.spread(session, app_id))
