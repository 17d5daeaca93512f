"""`/v1/groups`: finding, reading about, joining and leaving."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.audience import Anyone
from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from kernel.access import CallerDep, Person
from social.groups import service
from social.groups.models import Group
from social.groups.queries import groups_seen_by
from social.groups.schemas import GroupOut
from social.refusals import GroupNotFound, ResidentsOnly, SociallyLocked, TrustNeeded
from social.visibility import Viewer, viewer, viewer_of

router = Router(tags=["groups"])


@router.get("/v1/groups", audience=Anyone(), problems=[CursorInvalid], response_model=ListOut[GroupOut])
async def groups(request: Request, session: Session, page: Paging) -> ListOut[GroupOut]:
    who = await viewer_of(request, session)
    found = await paginate(session, select(Group).where(groups_seen_by(who)), [Group.id], page)
    return ListOut(items=[_out(row, who, locale_of(request)) for row in found.items], next=found.next)


@router.get("/v1/groups/{group_id}", audience=Anyone(), problems=[GroupNotFound], response_model=GroupOut)
async def group(request: Request, group_id: UUID, session: Session) -> GroupOut:
    who = await viewer_of(request, session)
    return _out(await service.group(session, who, group_id), who, locale_of(request))


@router.post(
    "/v1/groups/{group_id}/join",
    audience=Person(),
    problems=[GroupNotFound, ResidentsOnly, TrustNeeded, SociallyLocked],
    response_model=GroupOut,
)
async def join(request: Request, group_id: UUID, session: Session, caller: CallerDep) -> GroupOut:
    found = await service.join(session, await viewer(session, caller.person), group_id)
    return _out(found, await viewer(session, caller.person), locale_of(request))


@router.delete("/v1/groups/{group_id}/membership", audience=Person(), status_code=204, response_model=None)
async def leave(group_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.leave(session, caller.person, group_id)


def _out(row: Group, who: Viewer, locale: str) -> GroupOut:
    return GroupOut(
        id=row.id,
        key=row.key,
        kind=row.kind,
        reading=row.reading,
        admin_unit_id=row.admin_unit_id,
        name=Text(row.name_vi, row.name_en).in_(locale),
        about=Text(row.about_vi, row.about_en).in_(locale),
        member=row.id in who.groups,
    )
