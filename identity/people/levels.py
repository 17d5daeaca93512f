"""Level 3: what proves the document no copy (its chip, or a counter) together with a key that cannot leave the device."""

from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.credentials.models import Passkey
from identity.people import service
from identity.people.models import Evidence, Person, PersonDocument
from identity.places.queries import today

UNPROVED, MATCHED, HIGHEST = 1, 2, 3


async def settle(session: AsyncSession, person_id: UUID) -> int:
    """Moves somebody between levels 2 and 3 as evidence and keys come and go; what they stand at now. Raises LookupError for nobody.

    Level 3 is level 2, a document that was seen at a counter or whose chip proved that it is no copy, and a passkey bound to its device.
    """
    person = await service.locked(session, person_id)
    if person.level >= MATCHED:
        level = HIGHEST if await _strong(session, person_id) else MATCHED
        await service.set_level(session, person_id, level, because="evidence")
    found: int = await session.scalar(select(Person.level).where(Person.id == person_id)) or 0
    return found


async def _strong(session: AsyncSession, person_id: UUID) -> bool:
    document = exists().where(
        PersonDocument.person_id == person_id,
        or_(PersonDocument.original, PersonDocument.evidence == Evidence.COUNTER),
        PersonDocument.superseded_at.is_(None),
        or_(PersonDocument.expires_on.is_(None), PersonDocument.expires_on >= today()),
    )
    key = exists().where(Passkey.person_id == person_id, Passkey.ended_at.is_(None), Passkey.synced.is_(False))
    return bool(await session.scalar(select(document & key)))
