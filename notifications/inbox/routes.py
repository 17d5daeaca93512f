"""`/v1/me/inbox`: a person's own messages."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select

from hanoismart.server.edge import Session
from hanoismart.server.locale import locale_of
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from kernel.access import CallerDep, Person
from notifications.inbox import service
from notifications.inbox.models import Notification
from notifications.inbox.schemas import NotificationOut, UnreadOut
from notifications.templates import service as templates
from notifications.templates.rendering import Message, Template, render

router = Router(tags=["notifications"])


@router.get("/v1/me/inbox", audience=Person(), problems=[CursorInvalid], response_model=ListOut[NotificationOut])
async def inbox(request: Request, session: Session, caller: CallerDep, page: Paging) -> ListOut[NotificationOut]:
    """Newest first."""
    found = await paginate(session, select(Notification).where(Notification.person_id == caller.person), [Notification.seq], page)
    known = await templates.find(session, {row.template_key for row in found.items})
    locale = locale_of(request)
    return ListOut(items=[_shown(row, known.get(row.template_key), locale) for row in found.items], next=found.next)


def _shown(row: Notification, template: Template | None, locale: str) -> NotificationOut:
    message = render(template, row.values, locale) if template else Message("", "")
    return NotificationOut(
        id=row.id,
        seq=row.seq,
        template=row.template_key,
        category=row.category,
        title=message.title,
        body=message.body,
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
    )


@router.get("/v1/me/inbox/unread", audience=Person(), response_model=UnreadOut)
async def unread(session: Session, caller: CallerDep) -> UnreadOut:
    """How many wait, counted up to 100."""
    return UnreadOut(unread=await service.unread(session, caller.person))


@router.post("/v1/me/inbox/read-all", audience=Person(), status_code=204, response_model=None)
async def read_all(session: Session, caller: CallerDep) -> None:
    await service.read_all(session, caller.person)


@router.post(
    "/v1/me/inbox/{notification_id}/read",
    audience=Person(),
    problems=[service.NotificationNotFound],
    status_code=204,
    response_model=None,
)
async def read(notification_id: UUID, session: Session, caller: CallerDep) -> None:
    await service.read(session, caller.person, notification_id)
