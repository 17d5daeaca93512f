"""The thread between a person and the office about a case, from both ends, and the office's templates."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from hanoismart.server.edge import Session
from hanoismart.server.paging import CursorInvalid, Paging, paginate
from hanoismart.server.routing import Router
from hanoismart.server.schemas import ListOut
from hanoismart.text import Text
from identity.moderation import cases
from identity.moderation.appeals import AppealNotFound
from identity.moderation.cases import CaseNotFound
from identity.moderation.dialogue import service
from identity.moderation.dialogue.models import Message, MessageTemplate
from identity.moderation.dialogue.schemas import MessageIn, MessageOut, SayIn, TemplateIn, TemplateOut, TemplatesOut
from identity.moderation.policies import OwnCase, masked
from identity.moderation.schemas import TextOut
from identity.pii_access.flags import FlaggedRecordClosed
from kernel.access import CallerDep, Person, Staff
from kernel.limits import TooMany

router = Router(tags=["moderation"])


@router.get(
    "/v1/me/moderation/cases/{case_id}/messages",
    audience=Person(),
    problems=[CaseNotFound, CursorInvalid],
    response_model=ListOut[MessageOut],
)
async def my_messages(case_id: UUID, session: Session, caller: CallerDep, page: Paging) -> ListOut[MessageOut]:
    """What was said about a case of mine, the first at the top."""
    await service.require_known(session, case_id, caller.person)
    found = await paginate(session, service.thread(case_id), [Message.at, Message.id], page, newest_first=False)
    return ListOut(items=[_out(row) for row in found.items], next=found.next)


@router.post(
    "/v1/me/moderation/cases/{case_id}/messages",
    audience=Person(),
    status_code=201,
    problems=[CaseNotFound, AppealNotFound, TooMany],
    response_model=MessageOut,
)
async def say_to_office(case_id: UUID, body: MessageIn, session: Session, caller: CallerDep) -> MessageOut:
    """Say something to the office about a case of mine, or within my appeal."""
    return _out(await service.answer(session, case_id, caller.person, body.text, appeal_id=body.appeal_id))


@router.get(
    "/v1/moderation/cases/{case_id}/messages",
    audience=Staff("moderation.read"),
    problems=[CaseNotFound, CursorInvalid, OwnCase, FlaggedRecordClosed],
    response_model=ListOut[MessageOut],
)
async def case_messages(case_id: UUID, session: Session, caller: CallerDep, page: Paging) -> ListOut[MessageOut]:
    """The thread as staff see it: masked."""
    await cases.require_stranger(session, await cases.visible(session, case_id, caller.person, "moderation.read"), caller.person)
    found = await paginate(session, service.thread(case_id), [Message.at, Message.id], page, newest_first=False)
    return ListOut(items=[_out(row, hidden=True) for row in found.items], next=found.next)


@router.post(
    "/v1/moderation/cases/{case_id}/messages",
    audience=Staff("moderation.decide"),
    status_code=201,
    problems=[CaseNotFound, AppealNotFound, OwnCase, FlaggedRecordClosed],
    response_model=MessageOut,
)
async def say_to_owner(case_id: UUID, body: MessageIn, session: Session, caller: CallerDep) -> MessageOut:
    """Say something to the owner, as the office."""
    return _out(await service.say(session, case_id, caller.person, body.text, role="moderator", appeal_id=body.appeal_id))


@router.post(
    "/v1/moderation/appeals/{appeal_id}/messages",
    audience=Staff("moderation.appeals"),
    status_code=201,
    problems=[CaseNotFound, AppealNotFound, OwnCase, FlaggedRecordClosed],
    response_model=MessageOut,
)
async def ask_appellant(appeal_id: UUID, body: SayIn, session: Session, caller: CallerDep) -> MessageOut:
    """Ask the owner something before judging the appeal."""
    case_id = await service.case_of_appeal(session, appeal_id)
    return _out(await service.say(session, case_id, caller.person, body.text, role="appeals", appeal_id=appeal_id))


@router.get("/v1/moderation/templates", audience=Staff("moderation.read"), response_model=TemplatesOut)
async def list_templates(session: Session) -> TemplatesOut:
    """The newest version of every ready-made text."""
    return TemplatesOut(templates=[_template(row) for row in await service.templates(session)])


@router.put("/v1/moderation/templates/{key}", audience=Staff("moderation.rules"), response_model=TemplateOut)
async def save_template(
    key: Annotated[str, Path(max_length=60, pattern="^[a-z_]+$")], body: TemplateIn, session: Session, caller: CallerDep
) -> TemplateOut:
    """A new version of a ready-made text."""
    return _template(await service.save_template(session, key, Text(vi=body.text_vi, en=body.text_en), by=caller.person))


def _out(row: Message, *, hidden: bool = False) -> MessageOut:
    text = service.words(row)
    return MessageOut(
        id=row.id, party=row.party.value, role=row.role, appeal_id=row.appeal_id, text=masked(text) if hidden else text, at=row.at
    )


def _template(row: MessageTemplate) -> TemplateOut:
    return TemplateOut(key=row.key, version=row.version, text=TextOut(vi=row.text_vi, en=row.text_en))
