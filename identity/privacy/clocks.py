"""How long each step of a request may take: dated rows, counted in the working calendar."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.worktime import Duration, Unit, due
from identity.places.queries import today
from identity.privacy.models import ClockStep, PrivacyClock, RequestType
from identity.workdays import calendar


async def clock(session: AsyncSession, kind: RequestType, step: ClockStep) -> Duration:
    """The duration in force. Raises LookupError where the schedule has none."""
    day = today()
    row = await session.scalar(
        select(PrivacyClock)
        .where(
            PrivacyClock.type == kind,
            PrivacyClock.step == step,
            PrivacyClock.valid_from <= day,
            or_(PrivacyClock.valid_to.is_(None), PrivacyClock.valid_to > day),
        )
        .order_by(PrivacyClock.valid_from.desc())
        .limit(1)
    )
    if row is None:
        raise LookupError(f"no clock says how long {step} of {kind} may take")
    return Duration(row.value, Unit(row.unit))


async def due_at(session: AsyncSession, kind: RequestType, step: ClockStep, *, since: datetime) -> datetime:
    """When the step has to be taken. Raises LookupError."""
    return due(since, await clock(session, kind, step), calendar=calendar())


async def every(session: AsyncSession) -> list[PrivacyClock]:
    """The whole schedule, by type and step; `confirmed` says where a source is still missing."""
    rows = await session.scalars(select(PrivacyClock).order_by(PrivacyClock.type, PrivacyClock.step, PrivacyClock.valid_from))
    return list(rows)


def context(request_id: UUID) -> bytes:
    """What binds the sealed words of a request to its row."""
    return f"privacy-request:{request_id}".encode()
