"""What waits for a human: holders to be matched, doubts to be settled, and second proofs of a person who is here already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.moderation.relatives import related
from identity.people import acts, likeness
from identity.people.models import Person, PersonState
from identity.proofing import accounts, enrolments, sealed
from identity.proofing.admission import Applicant
from identity.proofing.models import ProofingSession, ProofingState, ReviewReason
from kernel.access import NotAllowed
from kernel.audit import record


class ReviewNotFound(Problem):
    code = "proofing.review_not_found"
    status = 404
    title = Text(vi="Không có hồ sơ chờ xem xét này", en="There is no such review")


class DuplicateNotApproved(Problem):
    """Whoever has an account recovers it; a second proof never opens it."""

    code = "proofing.duplicate_not_approved"
    status = 409
    title = Text(vi="Người này đã có tài khoản, không thể mở thêm", en="This person has an account already, no other can be opened")


@dataclass(frozen=True, slots=True)
class Review:
    """One thing to decide. `display_name` is shown for a pending account only, never for the account a duplicate met."""

    id: UUID
    reason: ReviewReason
    road: str
    doubts: Sequence[str]
    display_name: str | None
    created_at: datetime


def waiting() -> Select[ProofingSession]:
    """The sessions in review."""
    return select(ProofingSession).where(ProofingSession.state == ProofingState.IN_REVIEW)


async def shown(session: AsyncSession, rows: Sequence[ProofingSession]) -> list[Review]:
    """The rows as a reviewer sees them."""
    ids = {row.person_id for row in rows if row.person_id is not None}
    found = await session.execute(select(Person.id, Person.display_name).where(Person.id.in_(ids), Person.state == PersonState.PENDING))
    names: dict[UUID, str] = {person.id: person.display_name for person in found}
    return [
        Review(
            id=row.id,
            reason=row.review_reason or ReviewReason.HOLDER,
            road=row.road.value,
            doubts=row.doubts,
            display_name=names.get(row.person_id) if row.person_id and row.review_reason is not ReviewReason.DUPLICATE else None,
            created_at=row.created_at,
        )
        for row in rows
    ]


async def decide(
    session: AsyncSession, session_id: UUID, *, approve: bool, join: bool = False, decided_by: UUID, note: str
) -> ProofingState:
    """Approves (the account opens, or the document goes under it) or rejects (a pending account is removed).

    `join` puts a duplicate's document under the account that is here; whoever handed it in learns nothing and gets no way in.
    `note` goes into the audit trail: no personal data.

    Raises ReviewNotFound, DuplicateNotApproved, NotAllowed for one's own record or a relative's.
    """
    row = await session.scalar(waiting().where(ProofingSession.id == session_id).with_for_update())
    if row is None:
        raise ReviewNotFound
    concerned = {person for person in (row.person_id, row.for_person_id) if person is not None}
    if decided_by in concerned or await related(session, decided_by, concerned):
        raise NotAllowed
    duplicate = row.review_reason is ReviewReason.DUPLICATE
    if approve and (duplicate is not join or row.person_id is None):
        raise DuplicateNotApproved
    person_id = row.person_id
    applicant = sealed.opened(row.applicant, row.id) if row.applicant is not None else None
    row.state = ProofingState.VERIFIED if approve and not join else ProofingState.REJECTED
    row.decided_at, row.decided_by, row.applicant = now(), decided_by, None
    if join:
        row.secret_hash = enrolments.nobody()
    if not approve or join:
        row.person_id = None
    await session.flush()
    if approve and person_id is not None:
        await _approved(session, row, person_id, applicant)
    elif row.for_person_id is None and not duplicate and person_id is not None:
        await session.execute(delete(Person).where(Person.id == person_id, Person.state == PersonState.PENDING))
    facts = {"state": row.state.value, "reason": str(row.review_reason), "note": note, "joined": join}
    await record(session, actor=f"person:{decided_by}", action="proofing.decided", subject=f"proofing:{row.id}", facts=facts)
    return row.state


async def _approved(session: AsyncSession, row: ProofingSession, person_id: UUID, applicant: Applicant | None) -> None:
    """Raises DuplicateNotApproved where a number of the document has become somebody else's meanwhile."""
    further = row.review_reason in {ReviewReason.DUPLICATE, ReviewReason.OTHER_PERSON}
    if further and (applicant is None or not await accounts.join(session, person_id, applicant)):
        raise DuplicateNotApproved
    if row.review_reason is ReviewReason.LIKENESS and applicant is not None:
        for other in await likeness.alike(session, applicant.display_name, applicant.birth_date):
            await acts.suggest_merge(session, other, person_id)
    if row.review_reason is not ReviewReason.DUPLICATE:
        await accounts.raise_to(session, person_id, applicant.level if applicant else accounts.MATCHED_LEVEL)
