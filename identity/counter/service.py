"""One officer enters what the documents say, another looks again and confirms; only then is there an account, with a secret for its key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.places.queries import today
from identity.proofing import accounts, enrolments, sealed
from identity.proofing.admission import Applicant
from identity.proofing.models import CounterEnrolment, CounterState
from kernel.access import NotAllowed
from kernel.audit import record

LIFETIME = timedelta(hours=24)


class CounterNotFound(Problem):
    code = "counter.not_found"
    status = 404
    title = Text(vi="Không có hồ sơ tại quầy này", en="There is no such enrolment at the counter")


class CounterRefused(Problem):
    code = "counter.refused"
    status = 422
    title = Text(vi="Giấy tờ hết hạn hoặc không hợp lệ", en="The document has expired or is not valid")


class HasAccount(Problem):
    """Both officers have the person before them: they are told, and show the way to recovery."""

    code = "counter.has_account"
    status = 409
    keep = True
    title = Text(
        vi="Người này đã có tài khoản, hãy hướng dẫn khôi phục", en="This person has an account already: show them how to recover it"
    )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`enrolment` registers the person's first passkey: ten minutes, once."""

    person_id: UUID
    enrolment: str = field(repr=False)


async def open_enrolment(session: AsyncSession, applicant: Applicant, documents: Sequence[str], *, opened_by: UUID) -> CounterEnrolment:
    """The first officer's part; it waits a day for the second. Raises CounterRefused for a document or stay that has ended."""
    if any(day is not None and day < today() for day in (applicant.expires_on, applicant.stay_ends_on)) or applicant.birth_date > today():
        raise CounterRefused
    place = new_id()
    row = CounterEnrolment(
        id=place,
        state=CounterState.OPEN,
        documents=list(documents),
        applicant=sealed.seal(applicant, place),
        opened_by=opened_by,
        expires_at=now() + LIFETIME,
    )
    session.add(row)
    await session.flush()
    await record(
        session, actor=f"person:{opened_by}", action="counter.opened", subject=f"counter:{place}", facts={"documents": row.documents}
    )
    return row


async def looked_at(session: AsyncSession, enrolment_id: UUID, *, officer_id: UUID) -> tuple[CounterEnrolment, Applicant]:
    """What the first officer entered, for the second to compare; the look stands in the audit trail. Raises CounterNotFound."""
    row = await _open(session, enrolment_id)
    await record(session, actor=f"person:{officer_id}", action="counter.read", subject=f"counter:{row.id}")
    return row, _applicant(row)


async def confirm(session: AsyncSession, enrolment_id: UUID, *, confirmed_by: UUID, locale: str) -> Confirmed:
    """Another officer confirms. Raises CounterNotFound, NotAllowed for the first officer, HasAccount."""
    row = await _open(session, enrolment_id)
    if row.opened_by == confirmed_by:
        raise NotAllowed
    person_id = await accounts.open_account(session, _applicant(row), matched=True, locale=locale)
    await _close(session, row, CounterState.CONFIRMED if person_id else CounterState.REJECTED, confirmed_by)
    if person_id is None:
        raise HasAccount
    row.person_id = person_id
    return Confirmed(person_id, await enrolments.issue(session, person_id))


async def reject(session: AsyncSession, enrolment_id: UUID, *, rejected_by: UUID) -> None:
    """Another officer drops it; nothing of the person stays. Raises CounterNotFound, NotAllowed for the first officer."""
    row = await _open(session, enrolment_id)
    if row.opened_by == rejected_by:
        raise NotAllowed
    await _close(session, row, CounterState.REJECTED, rejected_by)


def waiting() -> Select[CounterEnrolment]:
    """What waits for a second officer."""
    return select(CounterEnrolment).where(CounterEnrolment.state == CounterState.OPEN, CounterEnrolment.expires_at > now())


async def expire(session: AsyncSession) -> None:
    """Empties what no second officer came for."""
    over = update(CounterEnrolment).where(CounterEnrolment.state == CounterState.OPEN, CounterEnrolment.expires_at <= now())
    await session.execute(over.values(state=CounterState.EXPIRED, applicant=None))


async def _open(session: AsyncSession, enrolment_id: UUID) -> CounterEnrolment:
    row = await session.scalar(waiting().where(CounterEnrolment.id == enrolment_id).with_for_update())
    if row is None:
        raise CounterNotFound
    return row


def _applicant(row: CounterEnrolment) -> Applicant:
    if row.applicant is None:
        raise CounterNotFound
    return sealed.opened(row.applicant, row.id)


async def _close(session: AsyncSession, row: CounterEnrolment, state: CounterState, by: UUID) -> None:
    row.state, row.decided_by, row.decided_at, row.applicant = state, by, now(), None
    await session.flush()
    await record(session, actor=f"person:{by}", action=f"counter.{state.value}", subject=f"counter:{row.id}")
