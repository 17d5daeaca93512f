"""The developer portal's audit trail, to read and to take away."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from fastapi.responses import StreamingResponse

from hanoismart.server.edge import Session
from hanoismart.server.exporting import FORMATS, Format, exported
from hanoismart.server.paging import CursorInvalid, Page, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from kernel.access import CallerDep, Person
from kernel.models import AuditEntry
from plugins.developers import trail
from plugins.developers.policies import member
from plugins.developers.problems import DeveloperMissing
from plugins.developers.schemas import TrailOut
from plugins.registry.problems import AppNotFound

router = Router(tags=["developers"])
BASE = "/v1/dev/organisations/{organisation_id}/audit"
OrganisationId = Annotated[UUID, Path()]
OneApp = Annotated[str | None, Query(max_length=128, description="only what concerns this app")]


@router.get(BASE, audience=Person(), response_model=ListOut[TrailOut], problems=[DeveloperMissing, AppNotFound, CursorInvalid])
async def list_trail(
    organisation_id: OrganisationId, session: Session, caller: CallerDep, page: Paging, app_id: OneApp = None
) -> Page[TrailOut]:
    """What was done with the organisation's keys, domains and apps, the newest first."""
    await member(session, caller, organisation_id)
    found = await paginate(session, await trail.of(session, organisation_id, app_id), [AuditEntry.at, AuditEntry.id], page)
    return Page([TrailOut.model_validate(trail.plain(one)) for one in found.items], found.next)


@router.get(
    f"{BASE}/export", audience=Person(), responses=FORMATS, response_class=StreamingResponse, problems=[DeveloperMissing, AppNotFound]
)
async def export_trail(
    organisation_id: OrganisationId,
    request: Request,
    session: Session,
    caller: CallerDep,
    app_id: OneApp = None,
    form: Annotated[Format, Query(alias="format")] = "json",
) -> StreamingResponse:
    """The whole trail as CSV or JSON, the oldest first."""
    await member(session, caller, organisation_id)
    rows, by = await trail.of(session, organisation_id, app_id), (AuditEntry.at, AuditEntry.id)
    return exported(request.scope["runtime"].database, rows, by, trail.plain, name="audit", form=form, columns=trail.COLUMNS)
