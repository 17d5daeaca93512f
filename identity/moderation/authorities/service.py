"""Demands of authorities: each opens or joins a case, runs for 24 hours by the wall clock, and ends with an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation import kinds, reports, rules
from identity.moderation.authorities.models import Authority, AuthorityOutcome, AuthorityRequest, Channel
from identity.moderation.kinds import SubjectNotFound
from identity.places.queries import today
from kernel.audit import record

REASON = "authority_demand"


class AuthorityUnknown(Problem):
    code = "moderation.authority_unknown"
    status = 422
    title = Text(vi="Không có cơ quan này hoặc đã thay đổi tổ chức", en="There is no such authority now")


class DemandNotFound(Problem):
    code = "moderation.demand_not_found"
    status = 404
    title = Text(vi="Không tìm thấy yêu cầu này hoặc đã trả lời", en="There is no such demand, or it is answered")


@dataclass(frozen=True, slots=True)
class Demand:
    """What an authority asked for, and how. `received_at` is the moment it came, on paper or by telephone too."""

    channel: Channel
    authority: str
    reference: str
    legal_ref: str
    subject_kind: str
    subject_id: UUID
    received_at: datetime


async def authorities(session: AsyncSession) -> Sequence[Authority]:
    """The authorities there are today."""
    day = today()
    rows = await session.scalars(
        select(Authority)
        .where(Authority.valid_from <= day, or_(Authority.valid_to.is_(None), Authority.valid_to > day))
        .order_by(Authority.key)
    )
    return rows.all()


async def receive(session: AsyncSession, demand: Demand, *, by: UUID) -> AuthorityRequest:
    """Writes the demand down and puts its subject before moderators. Raises AuthorityUnknown, SubjectNotFound."""
    known = {row.key: row for row in await authorities(session)}
    if demand.authority not in known:
        raise AuthorityUnknown
    found = await kinds.of(demand.subject_kind).snapshot(session, demand.subject_id)
    if found is None:
        raise SubjectNotFound
    case_id = await reports.open_case(session, demand.subject_kind, demand.subject_id, found, await rules.reason(session, REASON))
    await reports.weigh(session, case_id, found)
    hours = await rules.limit(session, "authority_answer", "hours")
    row = AuthorityRequest(
        channel=demand.channel,
        authority_id=known[demand.authority].id,
        reference=demand.reference,
        legal_ref=demand.legal_ref,
        subject_kind=demand.subject_kind,
        subject_id=demand.subject_id,
        case_id=case_id,
        received_at=demand.received_at,
        due_at=demand.received_at + timedelta(hours=hours),
        recorded_by=by,
    )
    session.add(row)
    await session.flush()
    facts = {"case": str(case_id), "channel": demand.channel.value, "authority": demand.authority}
    await record(session, actor=f"person:{by}", action="demand.received", subject=f"demand:{row.id}", facts=facts)
    return row


async def answer(session: AsyncSession, demand_id: UUID, *, outcome: AuthorityOutcome, note: str, by: UUID) -> AuthorityRequest:
    """Ends a demand with what came of it. Raises DemandNotFound."""
    row = await session.get(AuthorityRequest, demand_id, with_for_update=True, populate_existing=True)
    if row is None or row.answered_at is not None:
        raise DemandNotFound
    row.outcome, row.note, row.answered_at, row.answered_by = outcome, note, now(), by
    await session.flush()
    facts = {"outcome": outcome.value}
    await record(session, actor=f"person:{by}", action="demand.answered", subject=f"demand:{demand_id}", facts=facts)
    return row


def demands(*, waiting: bool) -> Select[AuthorityRequest]:
    """Every demand, or only those nobody has answered."""
    found = select(AuthorityRequest)
    return found.where(AuthorityRequest.answered_at.is_(None)) if waiting else found
