"""Powers of attorney (ủy quyền): given for named acts and a time, counting from the other's acceptance, revocable at any moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.text import Text
from identity.events import MandateGiven
from identity.mandates.acting import MandateKind
from identity.mandates.ending import end_delegation
from identity.mandates.models import Delegation, PairState
from identity.mandates.organisations import LEVEL_NEEDED, MandateNotFound, MandateRefused
from identity.notices.models import NoticeKind
from identity.notices.service import tell
from identity.people import queries as people
from kernel.audit import record
from kernel.events import emit
from kernel.limits import spend

GIVEN_A_DAY: Final = 20
LONGEST = timedelta(days=366)
"""Without a term in it a power of attorney holds one year (Civil Code 2015 Art. 563); ours always has a term, and no longer one."""


async def give(
    session: AsyncSession,
    from_person_id: UUID,
    to_person_id: UUID,
    scopes: Sequence[str],
    *,
    valid_from: datetime,
    valid_until: datetime,
) -> Delegation:
    """`scopes` name mini-apps or acts (`vn.hanoi.parking`, `documents.collect`). Raises PersonNotFound, MandateRefused, TooMany."""
    await spend(session, f"delegations:{from_person_id}", limit=GIVEN_A_DAY, window=timedelta(days=1))
    if (await people.card(session, from_person_id)).level < LEVEL_NEEDED or (await people.card(session, to_person_id)).level < LEVEL_NEEDED:
        raise MandateRefused(Text(vi="Cả hai người cần xác thực mức 2", en="Both people need identity level 2"))
    if from_person_id == to_person_id or valid_until <= max(valid_from, now()) or valid_until - valid_from > LONGEST:
        raise MandateRefused(Text(vi="Người nhận hoặc thời hạn không hợp lệ", en="The other person or the time is not acceptable"))
    row = Delegation(
        from_person_id=from_person_id,
        to_person_id=to_person_id,
        scopes=sorted(set(scopes)),
        state=PairState.PROPOSED,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    session.add(row)
    await session.flush()
    facts = {"delegation": str(row.id), "to": str(to_person_id), "scopes": row.scopes}
    await record(session, actor=f"person:{from_person_id}", action="delegation.given", subject=f"person:{from_person_id}", facts=facts)
    return row


async def accept(session: AsyncSession, delegation_id: UUID, person_id: UUID) -> None:
    """Raises MandateNotFound, also for one that is over."""
    row = await session.scalar(_live().where(Delegation.id == delegation_id).with_for_update())
    if row is None or row.to_person_id != person_id or row.state is not PairState.PROPOSED or row.valid_until <= now():
        raise MandateNotFound
    row.state, row.accepted_at = PairState.ACTIVE, now()
    await session.flush()
    facts = {"delegation": str(row.id), "from": str(row.from_person_id)}
    await record(session, actor=f"person:{person_id}", action="delegation.accepted", subject=f"person:{row.from_person_id}", facts=facts)
    for each in (row.from_person_id, row.to_person_id):
        await tell(session, each, NoticeKind.DELEGATION_CHANGED)
    await emit(session, MandateGiven(row.to_person_id, MandateKind.DELEGATOR.value, row.from_person_id))


async def end(session: AsyncSession, delegation_id: UUID, person_id: UUID) -> None:
    """Either side ends it at once. Raises MandateNotFound."""
    row = await session.scalar(_live().where(Delegation.id == delegation_id).with_for_update())
    if row is None or person_id not in {row.from_person_id, row.to_person_id}:
        raise MandateNotFound
    await end_delegation(session, row, by=person_id)


def of_person(person_id: UUID) -> Select[Delegation]:
    """What the person gave and was given, ended ones included."""
    return select(Delegation).where(or_(Delegation.from_person_id == person_id, Delegation.to_person_id == person_id))


def _live() -> Select[Delegation]:
    return select(Delegation).where(Delegation.ended_at.is_(None))
