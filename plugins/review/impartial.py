"""Whether somebody who decides has a share in what they decide about."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.api import mandates
from identity.api.mandates import MandateMissing


async def belongs_to(session: AsyncSession, person_id: UUID, organisation_id: UUID) -> bool:
    """Whether a person has any role in an organisation."""
    try:
        await mandates.acting_for(session, person_id, organisation_id)
    except MandateMissing:
        return False
    return True
