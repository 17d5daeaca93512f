"""Giving an app single notifications, seeing what is left of them, and taking them back."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.routing import Router
from hanoismart.server.schemas import In, Line, ListOut, Out
from kernel.access import CallerDep, Person
from plugins.grants import service
from plugins.grants.service import TemplateNotAsked
from plugins.registry import serving
from plugins.registry.problems import AppNotFound, AppSuspended
from plugins.registry.routes import AppId
from plugins.storage.service import NeverOpened

router = Router(tags=["miniapps"])


class NotificationGrantsIn(In):
    templates: Annotated[list[Line], Field(min_length=1, max_length=3, description="what the person was shown, at most three at a time")]


class NotificationGrantsOut(Out):
    """`granted`: the templates that gained a send; one that has twenty open gains none."""

    granted: list[str]


class OpenGrantOut(Out):
    """`open`: how many times the app may still say this; `words` are the template's, null where the app no longer has it."""

    template: str
    words: str | None
    open: int
    given_at: datetime


@router.post(
    "/v1/miniapps/{app_id}/notification-grants",
    audience=Person(),
    response_model=NotificationGrantsOut,
    status_code=201,
    problems=[AppNotFound, AppSuspended, NeverOpened, TemplateNotAsked],
)
async def give_notification_grants(app_id: AppId, body: NotificationGrantsIn, session: Session, caller: CallerDep) -> NotificationGrantsOut:
    """Let the app tell me each of these once."""
    return NotificationGrantsOut(granted=await service.give(session, app_id, caller.person, body.templates))


@router.get(
    "/v1/me/miniapps/{app_id}/notification-grants",
    audience=Person(),
    response_model=ListOut[OpenGrantOut],
    problems=[AppNotFound, AppSuspended],
)
async def list_notification_grants(app_id: AppId, request: Request, session: Session, caller: CallerDep) -> ListOut[OpenGrantOut]:
    """What the app may still tell me once."""
    app, locale = await serving.served(session, app_id, person_id=caller.person), locale_of(request)
    words = {one.template: one.en if locale == "en" else one.vi for one in app.manifest.hs.notifications}
    rows = await service.opened(session, app_id, caller.person)
    told = [OpenGrantOut(template=one.template, words=words.get(one.template), open=one.open, given_at=one.given_at) for one in rows]
    return ListOut(items=told, next=None)


@router.delete("/v1/me/miniapps/{app_id}/notification-grants", audience=Person(), status_code=204)
async def withdraw_notification_grants(
    app_id: AppId,
    session: Session,
    caller: CallerDep,
    template: Annotated[str | None, Query(max_length=128, description="only this one")] = None,
) -> None:
    """Take back what I allowed and the app has not used; nothing happens where there is none."""
    await service.erase(session, caller.person, app_id=app_id, template=template)
