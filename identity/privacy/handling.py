"""What privacy officers do with requests: claim, acknowledge, extend once with a reason, finish or refuse."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import PrivacyAnswered
from identity.moderation.relatives import related
from identity.privacy import clocks, service
from identity.privacy.models import ClockStep, PrivacyRequest, RequestState
from identity.privacy.service import OPEN, RequestNotFound, RequestOver
from kernel.audit import record
from kernel.events import emit

LEASE: Final = timedelta(minutes=30)
ROLE: Final = "privacy_officer"


class RequestTaken(Problem):
    code = "privacy.request_taken"
    status = 409
    title = Text(vi="Yêu cầu đang do người khác xử lý, hoặc bạn chưa nhận", en="Somebody else has this request, or you have not claimed it")


class OwnRequest(Problem):
    code = "privacy.own_request"
    status = 403
    title = Text(vi="Không được xử lý yêu cầu của chính mình hoặc người thân", en="Nobody handles a request of their own or a relative's")


class ExtendedAlready(Problem):
    code = "privacy.extended_already"
    status = 409
    title = Text(vi="Yêu cầu chỉ được gia hạn một lần", en="A request is extended once at most")


def queue(officer: UUID, *, overdue: bool, stuck: bool) -> Select[PrivacyRequest]:
    """The open requests, never the officer's own; `overdue` and `stuck` leave only such."""
    found = select(PrivacyRequest).where(
        PrivacyRequest.state.in_(OPEN), PrivacyRequest.person_id != officer, PrivacyRequest.requested_by != officer
    )
    found = found.where(PrivacyRequest.due_at < now()) if overdue else found
    return found.where(PrivacyRequest.failed_at.is_not(None)) if stuck else found


async def claim(session: AsyncSession, request_id: UUID, officer: UUID) -> PrivacyRequest:
    """Half an hour for one officer; of many at once, one wins. Raises RequestNotFound, OwnRequest, RequestTaken."""
    row = await session.get(PrivacyRequest, request_id)
    if row is None:
        raise RequestNotFound
    concerned = {row.person_id, row.requested_by}
    if officer in concerned or await related(session, officer, concerned):
        raise OwnRequest
    free = or_(PrivacyRequest.lease_owner.is_(None), PrivacyRequest.lease_until <= now(), PrivacyRequest.lease_owner == officer)
    won = await session.scalar(
        update(PrivacyRequest)
        .where(PrivacyRequest.id == request_id, PrivacyRequest.state.in_(OPEN), free)
        .values(lease_owner=officer, lease_until=now() + LEASE)
        .returning(PrivacyRequest.id)
    )
    if won is None:
        raise RequestTaken
    await record(session, actor=f"person:{officer}", action="privacy.claimed", subject=f"privacy_request:{request_id}")
    await session.refresh(row)
    return row


async def acknowledge(session: AsyncSession, request_id: UUID, officer: UUID, note: Text, internal: str | None) -> PrivacyRequest:
    """Raises RequestNotFound, RequestTaken, RequestOver."""
    row = await of(session, request_id, officer)
    await service.acknowledge(session, row, role=ROLE, note=note, internal=internal)
    return row


async def extend(session: AsyncSession, request_id: UUID, officer: UUID, note: Text, because: str) -> PrivacyRequest:
    """Moves the deadline once, by what the clock allows, and tells the person why.

    Raises RequestNotFound, RequestTaken, RequestOver, ExtendedAlready.
    """
    row = await of(session, request_id, officer)
    if row.extended_at is not None:
        raise ExtendedAlready
    row.due_at = await clocks.due_at(session, row.type, ClockStep.EXTENSION, since=row.due_at)
    row.extended_at, row.extended_because, row.alarmed_at = now(), because, None
    row.acknowledged_at = row.acknowledged_at or now()
    await service.step(session, row, RequestState.EXTENDED, role=ROLE, note=note, internal=because)
    await record(session, actor=f"person:{officer}", action="privacy.extended", subject=f"privacy_request:{request_id}")
    await emit(session, PrivacyAnswered(row.id, row.requested_by, RequestState.EXTENDED.value))
    return row


async def end(session: AsyncSession, request_id: UUID, officer: UUID, note: Text, *, done: bool, internal: str | None) -> PrivacyRequest:
    """Raises RequestNotFound, RequestTaken, RequestOver."""
    row = await of(session, request_id, officer)
    state = RequestState.DONE if done else RequestState.REFUSED
    await service.finish(session, row, state, role=ROLE, note=note, internal=internal)
    return row


async def of(session: AsyncSession, request_id: UUID, officer: UUID) -> PrivacyRequest:
    """The open request the officer has claimed, locked. Raises RequestNotFound, RequestTaken, RequestOver."""
    row = await session.get(PrivacyRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise RequestNotFound
    if row.state not in OPEN:
        raise RequestOver
    if row.lease_owner != officer or row.lease_until is None or row.lease_until <= now():
        raise RequestTaken
    return row
