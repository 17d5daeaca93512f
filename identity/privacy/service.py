"""Filing a request, and what the house does about it by itself: archives, withdrawals, and erasure after a time to think."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.clients import service as clients
from identity.consent import service as consent
from identity.consent.models import Consent
from identity.events import PrivacyAnswered, PrivacyRequested
from identity.people.queries import selves
from identity.privacy import clocks
from identity.privacy.models import ClockStep, PrivacyRequest, PrivacyStep, RequestState, RequestType
from identity.workdays import calendar
from kernel.audit import record
from kernel.events import emit
from kernel.jobs import jobs
from kernel.limits import spend
from kernel.sealing import keyring

OPEN: Final = (RequestState.RECEIVED, RequestState.ACKNOWLEDGED, RequestState.EXTENDED)
A_DAY: Final = 10
DAY = timedelta(days=1)
EXPORT, ERASE = "privacy.export", "privacy.erase"
RECEIVED = Text(vi="Chúng tôi đã nhận yêu cầu của bạn.", en="We have your request.")
PREPARING = Text(vi="Bản sao dữ liệu đang được lập.", en="Your archive is being made.")
COOLING = Text(
    vi="Tài khoản sẽ bị xóa vĩnh viễn sau thời gian suy nghĩ. Bạn có thể hủy trước thời điểm đó.",
    en="The account is erased for good after a time to think. Until then you can cancel.",
)
WITHDRAWN = Text(vi="Sự đồng ý đã được rút và hết hiệu lực ngay.", en="Consent is withdrawn and counts no longer.")
CANCELLED = Text(vi="Bạn đã hủy yêu cầu.", en="You cancelled the request.")


class RequestNotFound(Problem):
    code = "privacy.request_not_found"
    status = 404
    title = Text(vi="Không tìm thấy yêu cầu này", en="There is no such request")


class AskedAlready(Problem):
    code = "privacy.asked_already"
    status = 409
    title = Text(vi="Yêu cầu như vậy đang được xử lý", en="Such a request is being handled")


class ClientUnknown(Problem):
    code = "privacy.client_unknown"
    status = 422
    title = Text(vi="Không có dịch vụ này", en="There is no such service")


class RequestOver(Problem):
    code = "privacy.request_over"
    status = 409
    title = Text(vi="Yêu cầu đã kết thúc hoặc không còn hủy được", en="The request is over, or cannot be cancelled any more")


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What a person asks for. `client_id`: the relying party that has to act; `by`: the guardian, where they ask for a ward."""

    type: RequestType
    details: str = ""
    client_id: str | None = None
    by: UUID | None = None


async def file(session: AsyncSession, person_id: UUID, asked: Asked) -> PrivacyRequest:
    """Takes a request in and starts its clocks. Raises AskedAlready, ClientUnknown, TooMany."""
    await spend(session, f"privacy-requests:{asked.by or person_id}", limit=A_DAY, window=DAY)
    if asked.client_id is not None and not await clients.exists(session, asked.client_id):
        raise ClientUnknown
    same = select(PrivacyRequest.id).where(
        PrivacyRequest.person_id == person_id, PrivacyRequest.type == asked.type, PrivacyRequest.state.in_(OPEN)
    )
    same = same.where(PrivacyRequest.client_id.is_(None) if asked.client_id is None else PrivacyRequest.client_id == asked.client_id)
    if asked.type is not RequestType.COMPLAIN and await session.scalar(same.limit(1)) is not None:
        raise AskedAlready
    row = await _new(session, person_id, asked)
    await step(session, row, RequestState.RECEIVED, role="person", note=RECEIVED)
    facts = {"request": str(row.id), "type": asked.type.value, "client": asked.client_id}
    actor = f"person:{row.requested_by}"
    await record(session, actor=actor, action="privacy.requested", subject=f"person:{person_id}", facts=facts)
    await emit(session, PrivacyRequested(row.id, person_id, asked.type.value, asked.client_id))
    await _by_itself(session, row)
    return row


async def cancel(session: AsyncSession, person_id: UUID, request_id: UUID) -> None:
    """Takes a request back while it is open; an erasure until its time to think is over. Raises RequestNotFound, RequestOver."""
    row = await _locked(session, request_id)
    if row is None or row.requested_by != person_id:
        raise RequestNotFound
    if row.state not in OPEN:
        raise RequestOver
    await finish(session, row, RequestState.CANCELLED, role="person", note=CANCELLED)


async def finish(
    session: AsyncSession, row: PrivacyRequest, state: RequestState, *, role: str, note: Text, internal: str | None = None
) -> None:
    """Ends a request the caller has locked, and tells whoever made it."""
    row.ended_at, row.lease_owner, row.lease_until = now(), None, None
    await step(session, row, state, role=role, note=note, internal=internal)
    await record(
        session, actor=f"{role}:privacy", action=f"privacy.{state.value}", subject=f"person:{row.person_id}", facts={"request": str(row.id)}
    )
    await emit(session, PrivacyAnswered(row.id, row.requested_by, state.value))


async def acknowledge(session: AsyncSession, row: PrivacyRequest, *, role: str, note: Text, internal: str | None = None) -> None:
    """Says how it goes on; the first answer the law asks for."""
    row.acknowledged_at = row.acknowledged_at or now()
    await step(session, row, RequestState.ACKNOWLEDGED, role=role, note=note, internal=internal)
    await emit(session, PrivacyAnswered(row.id, row.requested_by, RequestState.ACKNOWLEDGED.value))


async def step(
    session: AsyncSession, row: PrivacyRequest, state: RequestState, *, role: str, note: Text, internal: str | None = None
) -> None:
    """Brings the request to a state and writes who did so, and what the person reads of it."""
    row.state = state
    session.add(PrivacyStep(request_id=row.id, at=now(), actor_role=role, state=state, note_vi=note.vi, note_en=note.en, internal=internal))
    await session.flush()


def mine(person_id: UUID) -> Select[PrivacyRequest]:
    """What the person asked for, under merged accounts too, and what was asked for them."""
    return select(PrivacyRequest).where(or_(PrivacyRequest.person_id.in_(selves(person_id)), PrivacyRequest.requested_by == person_id))


async def find(session: AsyncSession, person_id: UUID, request_id: UUID) -> PrivacyRequest:
    """Raises RequestNotFound."""
    found = await session.scalar(mine(person_id).where(PrivacyRequest.id == request_id))
    if found is None:
        raise RequestNotFound
    return found


async def steps(session: AsyncSession, request_id: UUID) -> list[PrivacyStep]:
    return list(
        await session.scalars(select(PrivacyStep).where(PrivacyStep.request_id == request_id).order_by(PrivacyStep.at, PrivacyStep.id))
    )


def details(row: PrivacyRequest) -> str:
    """What the person wrote."""
    return keyring().open(row.details, context=clocks.context(row.id)).decode()


async def _new(session: AsyncSession, person_id: UUID, asked: Asked) -> PrivacyRequest:
    moment, request_id = now(), new_id()
    done = ClockStep.DONE if asked.client_id is None else ClockStep.DONE_BY_OTHERS
    row = PrivacyRequest(
        id=request_id,
        person_id=person_id,
        requested_by=asked.by or person_id,
        type=asked.type,
        state=RequestState.RECEIVED,
        details=keyring().seal(asked.details.encode(), context=clocks.context(request_id)),
        client_id=asked.client_id,
        calendar=calendar().version,
        received_at=moment,
        answer_due_at=await clocks.due_at(session, asked.type, ClockStep.ANSWER, since=moment),
        due_at=await clocks.due_at(session, asked.type, done, since=moment),
    )
    session.add(row)
    await session.flush()
    return row


async def _by_itself(session: AsyncSession, row: PrivacyRequest) -> None:
    """What needs no officer: a copy, a withdrawal, and the erasure of one's own account."""
    if row.client_id is None and row.type in {RequestType.ACCESS, RequestType.SUPPLY}:
        await acknowledge(session, row, role="system", note=PREPARING)
        await jobs.enqueue(session, EXPORT, {"id": str(row.id)}, dedupe=str(row.id))
    elif row.client_id is None and row.type is RequestType.ERASE:
        await acknowledge(session, row, role="system", note=COOLING)
        cool = await clocks.due_at(session, RequestType.ERASE, ClockStep.COOL_OFF, since=row.received_at)
        await jobs.enqueue(session, ERASE, {"id": str(row.id)}, due_at=cool)
    elif row.type is RequestType.WITHDRAW:
        await _withdraw(session, row)
        await finish(session, row, RequestState.DONE, role="system", note=WITHDRAWN)


async def _withdraw(session: AsyncSession, row: PrivacyRequest) -> None:
    given = select(Consent.client_id).where(Consent.person_id == row.person_id, Consent.withdrawn_at.is_(None))
    for client_id in {row.client_id} if row.client_id else set(await session.scalars(given)):
        await consent.withdraw(session, row.person_id, client_id, by=row.requested_by)


async def _locked(session: AsyncSession, request_id: UUID) -> PrivacyRequest | None:
    return await session.get(PrivacyRequest, request_id, with_for_update=True, populate_existing=True)
