"""Groups for those who set up the city: the ward groups, and the open ones."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.text import Text
from social.groups.models import GroupKind, Reading
from social.groups.service import ensure

__all__ = ["GroupKind", "Reading", "ensure", "ensure_ward_group"]


async def ensure_ward_group(session: AsyncSession, unit_id: UUID, name: Text, *, reading: Reading = Reading.EVERYONE) -> UUID:
    """The group of a ward's residents; they alone write in it."""
    about = Text(vi=f"Nơi cư dân {name.vi} trao đổi với nhau.", en=f"Where the residents of {name.en} talk to each other.")
    return await ensure(session, f"ward:{unit_id}", GroupKind.WARD, name, about, reading=reading, admin_unit_id=unit_id)
