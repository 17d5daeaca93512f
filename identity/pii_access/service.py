"""Grants to see personal data, and the readings under them; a refusal is written down where the person can read it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import disclosures
from identity.events import ReadingsAlarm
from identity.moderation import cases, rules
from identity.pii_access.models import PiiGrant
from kernel.audit import record
from kernel.events import emit
from kernel.limits import TooMany, spend

ORGANISATION = Text(vi="Bộ phận hỗ trợ HanoiSmart", en="HanoiSmart support")
PURPOSE_CODE: Final = "support.case"
LEGAL_BASIS: Final = "Luật 91/2025/QH15"
ROLE: Final = "moderator"
HOUR = timedelta(hours=1)


class PiiRefused(Problem):
    """The refusal stays written: in the audit trail, and in the person's log where one is known."""

    code = "pii.refused"
    status = 403
    title = Text(
        vi="Chỉ được xem dữ liệu cá nhân theo hồ sơ, mục đích và trong thời hạn được cấp",
        en="Personal data is seen for a case, with a purpose, and while the grant lasts",
    )
    keep = True


async def grant(session: AsyncSession, officer: UUID, case_id: UUID, purpose: str) -> PiiGrant:
    """Fifteen minutes for the owner of a case the officer holds.

    Raises CaseNotFound, LeaseNeeded, OwnCase, FlaggedRecordClosed, PiiRefused for a subject that belongs to nobody.
    """
    case = await cases.held(session, case_id, officer)
    await cases.require_stranger(session, case, officer)
    if case.owner_id is None:
        raise PiiRefused
    minutes = await rules.limit(session, "pii_reads", "minutes")
    row = PiiGrant(
        officer_id=officer,
        case_id=case_id,
        person_id=case.owner_id,
        purpose=purpose,
        granted_at=now(),
        expires_at=now() + timedelta(minutes=minutes),
    )
    session.add(row)
    await session.flush()
    facts = {"case": str(case_id), "grant": str(row.id)}
    await record(session, actor=f"person:{officer}", action="pii.granted", subject=f"person:{case.owner_id}", facts=facts)
    return row


async def read(session: AsyncSession, officer: UUID, grant_id: UUID, attributes: Sequence[str]) -> dict[str, str]:
    """The plain values, each reading in the owner's own log. Raises PiiRefused, TooMany, AttributeUnknown, PersonNotFound."""
    row = await session.scalar(select(PiiGrant).where(PiiGrant.id == grant_id, PiiGrant.officer_id == officer))
    if row is None:
        await record(session, actor=f"person:{officer}", action="pii.refused", subject=f"grant:{grant_id}")
        raise PiiRefused
    purpose = _purpose(row)
    if row.ended_at is not None or row.expires_at <= now():
        await disclosures.record_failed(session, row.person_id, attributes, _reader(), purpose)
        await record(session, actor=f"person:{officer}", action="pii.refused", subject=f"grant:{grant_id}")
        raise PiiRefused
    await _count(session, officer)
    return await disclosures.read(session, row.person_id, attributes, _reader(), purpose)


async def end(session: AsyncSession, officer: UUID, grant_id: UUID) -> None:
    """Gives a grant back before its time; nothing happens where there is none."""
    row = await session.scalar(select(PiiGrant).where(PiiGrant.id == grant_id, PiiGrant.officer_id == officer, PiiGrant.ended_at.is_(None)))
    if row is not None:
        row.ended_at = now()
        await session.flush()


async def _count(session: AsyncSession, officer: UUID) -> None:
    """So many readings an hour raise the alarm, many more stop. Raises TooMany."""
    numbers = (await rules.in_force(session, rules.LIMITS, "pii_reads")).parameters
    stop, alarm = int(numbers["stop"]), int(numbers["alarm"])
    try:
        left = await spend(session, f"pii-reads:{officer}", limit=stop, window=HOUR)
    except TooMany:
        await record(session, actor=f"person:{officer}", action="pii.stopped", subject=f"person:{officer}")
        raise
    if stop - left == alarm + 1:
        await record(session, actor="system:pii", action="pii.alarm", subject=f"person:{officer}", facts={"readings": alarm + 1})
        await emit(session, ReadingsAlarm(new_id(), officer, alarm + 1))


def _reader() -> disclosures.Reader:
    return disclosures.Reader("staff", "support", ORGANISATION, ROLE)


def _purpose(row: PiiGrant) -> disclosures.Purpose:
    told = Text(vi=f"Xử lý hồ sơ: {row.purpose}", en=f"Working on a case: {row.purpose}")
    return disclosures.Purpose(PURPOSE_CODE, told, LEGAL_BASIS, str(row.case_id))
