"""Who stands too close to a case to work on it: guardians and wards of the people it is about, and these themselves."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.mandates.models import Guardianship
from identity.people.queries import every_self


async def related(session: AsyncSession, person_id: UUID, others: Collection[UUID]) -> bool:
    """Whether the person is or was the guardian or the ward of any of the others, or is one of them, by an account merged since."""
    if not others:
        return False
    if set(await every_self(session, person_id)) & set(others):
        return True
    either = or_(
        (Guardianship.guardian_id == person_id) & Guardianship.ward_id.in_(others),
        (Guardianship.ward_id == person_id) & Guardianship.guardian_id.in_(others),
    )
    return bool(await session.scalar(select(exists().where(either))))


async def is_ward(session: AsyncSession, person_id: UUID | None) -> bool:
    """Whether somebody stands for this person now: a minor, or an adult without capacity."""
    if person_id is None:
        return False
    held = (Guardianship.ward_id == person_id) & Guardianship.ended_at.is_(None) & Guardianship.agreed_at.is_not(None)
    return bool(await session.scalar(select(exists().where(held))))
