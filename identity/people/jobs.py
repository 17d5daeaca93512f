"""What time does to an account: documents run out, stays end, children come of age."""

from datetime import date, timedelta

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hanoismart.clock import now
from hanoismart.server.jobs import Run
from identity.events import DocumentExpiring
from identity.people import service
from identity.people.levels import UNPROVED
from identity.people.models import Closing, Person, PersonDocument, PersonKind, PersonState
from identity.places.queries import today
from identity.settings import settings
from kernel.events import emit
from kernel.jobs import jobs

WARNINGS = (60, 30, 7)
BATCH = 500
_LIVING = (PersonState.ACTIVE, PersonState.LOCKED)


@jobs.job("people.documents_run_out", lane="bulk")
async def documents_run_out(session: AsyncSession, _run: Run) -> None:
    """Warns before a document ends, and lowers the level where the last one ended longer ago than the settings allow."""
    day = today()
    await _warn(session, day)
    over = day - timedelta(days=settings().document_grace_days)
    ended = _current().where(PersonDocument.expires_on < over).limit(BATCH)
    for row in await session.scalars(ended.with_for_update(of=PersonDocument, skip_locked=True)):
        row.lapsed_at = now()
        await session.flush()
        if not await _held_up(session, row, over):
            await service.set_level(session, row.person_id, UNPROVED, because="document_expired")


@jobs.job("people.stays_end", lane="bulk")
async def stays_end(session: AsyncSession, _run: Run) -> None:
    """A tourist whose stay is over falls to level 1 at once, and is closed when nobody came back for as long as the settings say."""
    day = today()
    guests = select(Person.id).where(Person.kind == PersonKind.TOURIST, Person.state.in_(_LIVING))
    for person_id in await session.scalars(guests.where(Person.stay_ends_on < day, Person.level > UNPROVED).limit(BATCH)):
        await service.set_level(session, person_id, UNPROVED, because="stay_ended")
    gone = day - timedelta(days=settings().stay_closed_after_days)
    for person_id in await session.scalars(guests.where(Person.stay_ends_on < gone).limit(BATCH)):
        await service.close(session, person_id, Closing.STAY_ENDED)


@jobs.job("people.come_of_age", lane="bulk")
async def come_of_age(session: AsyncSession, _run: Run) -> None:
    """The date kept of a minor is not needed any longer."""
    await session.execute(update(Person).where(Person.adult_on < today()).values(adult_on=None))


def _current() -> Select[PersonDocument]:
    """Documents that hold a living account up and have not been acted on."""
    return (
        select(PersonDocument)
        .join(Person, Person.id == PersonDocument.person_id)
        .where(PersonDocument.superseded_at.is_(None), PersonDocument.lapsed_at.is_(None), Person.state.in_(_LIVING))
    )


async def _warn(session: AsyncSession, day: date) -> None:
    for days in sorted(WARNINGS):
        near = (PersonDocument.expires_on >= day, PersonDocument.expires_on <= day + timedelta(days=days))
        untold = or_(PersonDocument.warned_days.is_(None), PersonDocument.warned_days > days)
        rows = await session.scalars(_current().where(*near, untold).limit(BATCH).with_for_update(of=PersonDocument, skip_locked=True))
        for row in rows:
            row.warned_days = days
            left = (row.expires_on - day).days if row.expires_on else days
            await emit(session, DocumentExpiring(row.person_id, left))
    await session.flush()


async def _held_up(session: AsyncSession, ended: PersonDocument, over: date) -> bool:
    """Whether another document of the person still counts."""
    other = aliased(PersonDocument)
    counts = exists().where(
        other.person_id == ended.person_id,
        other.id != ended.id,
        other.superseded_at.is_(None),
        or_(other.expires_on.is_(None), other.expires_on >= over),
    )
    return bool(await session.scalar(select(counts)))


jobs.every("20 2 * * *", "people.documents_run_out")
jobs.every("5 0,17 * * *", "people.stays_end")  # just after midnight in the city, and in UTC
jobs.every("10 17 * * *", "people.come_of_age")
