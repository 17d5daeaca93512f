"""Guardians and wards: one asks, the other agrees (or an officer for them), and the eighteenth birthday ends it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.events import GuardianChanged, MandateGiven
from identity.mandates.acting import MandateKind, majority
from identity.mandates.ending import end_guardianship
from identity.mandates.models import Ground, Guardianship, PairState
from identity.mandates.organisations import LEVEL_NEEDED, MandateNotFound, MandateRefused
from identity.moderation.relatives import related
from identity.notices.models import NoticeKind
from identity.notices.service import tell
from identity.people import queries as people
from identity.people.models import Person
from identity.places.queries import today
from kernel.access import NotAllowed
from kernel.audit import record
from kernel.events import emit
from kernel.limits import spend

ASKED_A_DAY: Final = 5
DAY = timedelta(days=1)


class GuardianshipKnown(Problem):
    code = "mandates.guardianship_known"
    status = 409
    title = Text(vi="Quan hệ giám hộ này đã được đăng ký", en="This guardianship is registered already")


async def ask(session: AsyncSession, guardian_id: UUID, ward_id: UUID, ground: Ground, *, reference: str) -> Guardianship:
    """A guardian registers a ward; it counts when the other side has agreed. `reference`: the birth certificate or decision it rests on.

    The other side hears of it on every channel, so that asking has a budget.

    Raises PersonNotFound, MandateRefused (oneself, level, age), GuardianshipKnown, TooMany.
    """
    await spend(session, f"guardianships:{guardian_id}", limit=ASKED_A_DAY, window=DAY)
    guardian, ward = await people.card(session, guardian_id), await people.card(session, ward_id)
    adult_on = await session.scalar(select(Person.adult_on).where(Person.id == ward_id))
    own_majority = await session.scalar(select(Person.adult_on).where(Person.id == guardian_id))
    if guardian_id == ward_id or guardian.level < LEVEL_NEEDED or (own_majority is not None and own_majority > today()) or ward.level < 1:
        raise MandateRefused
    minor = adult_on is not None and adult_on > today()
    if ground is not Ground.INCAPACITY and not minor:
        raise MandateRefused(Text(vi="Người này đã đủ 18 tuổi", en="This person is of age"))
    row = Guardianship(
        guardian_id=guardian_id,
        ward_id=ward_id,
        ground=ground,
        state=PairState.PROPOSED,
        reference=reference,
        valid_until=majority(adult_on) if adult_on is not None and ground is not Ground.INCAPACITY else None,
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as twice:
        raise GuardianshipKnown from twice
    await _written(session, row, guardian_id, "guardianship.asked")
    return row


async def agree(session: AsyncSession, guardianship_id: UUID, ward_id: UUID) -> None:
    """The ward agrees from their own account. Raises MandateNotFound; MandateRefused for incapacity, which an officer decides."""
    row = await _open(session, guardianship_id)
    if row.ward_id != ward_id:
        raise MandateNotFound
    if row.ground is Ground.INCAPACITY:
        raise MandateRefused(Text(vi="Cần quyết định của Tòa án và cán bộ xác nhận", en="This needs a court's decision and an officer"))
    await _begin(session, row, by=ward_id)


async def confirm(session: AsyncSession, guardianship_id: UUID, *, officer_id: UUID) -> None:
    """An officer agrees for a ward who cannot, having seen the decision.

    Raises MandateNotFound, NotAllowed for one's own or a relative's.
    """
    row = await _open(session, guardianship_id)
    await _require_stranger(session, row, officer_id)
    await _begin(session, row, by=officer_id)


async def leave(session: AsyncSession, guardianship_id: UUID, person_id: UUID) -> None:
    """The guardian ends it, asked for or in force; a ward may refuse one that is only asked for. Raises MandateNotFound, MandateRefused."""
    row = await session.scalar(_live().where(Guardianship.id == guardianship_id).with_for_update())
    if row is None or person_id not in {row.ward_id, row.guardian_id}:
        raise MandateNotFound
    if person_id == row.ward_id and row.state is PairState.ACTIVE:
        raise MandateRefused(
            Text(vi="Chỉ cán bộ có thể chấm dứt giám hộ đang có hiệu lực", en="Only an officer ends a guardianship in force")
        )
    await end_guardianship(session, row, by=person_id)


async def dissolve(session: AsyncSession, guardianship_id: UUID, *, officer_id: UUID) -> None:
    """An officer ends it, by a decision. Raises MandateNotFound, NotAllowed for one's own or a relative's."""
    row = await session.scalar(_live().where(Guardianship.id == guardianship_id).with_for_update())
    if row is None:
        raise MandateNotFound
    await _require_stranger(session, row, officer_id)
    await end_guardianship(session, row, by=officer_id)


def as_guardian(person_id: UUID) -> Select[Guardianship]:
    return _live().where(Guardianship.guardian_id == person_id)


def as_ward(person_id: UUID) -> Select[Guardianship]:
    return _live().where(Guardianship.ward_id == person_id)


def waiting() -> Select[Guardianship]:
    """What waits for the other party or an officer."""
    return _live().where(Guardianship.state == PairState.PROPOSED)


def _live() -> Select[Guardianship]:
    return select(Guardianship).where(Guardianship.ended_at.is_(None))


async def _open(session: AsyncSession, guardianship_id: UUID) -> Guardianship:
    row = await session.scalar(waiting().where(Guardianship.id == guardianship_id).with_for_update())
    if row is None:
        raise MandateNotFound
    return row


async def _require_stranger(session: AsyncSession, row: Guardianship, officer_id: UUID) -> None:
    """Raises NotAllowed for an officer who is one of the two, or a guardian or ward of one of them."""
    both = {row.ward_id, row.guardian_id}
    if officer_id in both or await related(session, officer_id, both):
        raise NotAllowed


async def _begin(session: AsyncSession, row: Guardianship, *, by: UUID) -> None:
    if row.valid_until is not None and row.valid_until <= now():
        raise MandateNotFound
    row.state, row.agreed_by, row.agreed_at = PairState.ACTIVE, by, now()
    await _written(session, row, by, "guardianship.agreed")
    await emit(session, MandateGiven(row.guardian_id, MandateKind.WARD.value, row.ward_id))


async def _written(session: AsyncSession, row: Guardianship, by: UUID, action: str) -> None:
    await session.flush()
    facts = {"guardianship": str(row.id), "guardian": str(row.guardian_id), "ground": row.ground.value}
    await record(session, actor=f"person:{by}", action=action, subject=f"person:{row.ward_id}", facts=facts)
    await emit(session, GuardianChanged(row.ward_id, row.guardian_id, row.state.value))
    for person_id in (row.ward_id, row.guardian_id):
        await tell(session, person_id, NoticeKind.GUARDIAN_CHANGED)
