"""One-time identifiers: the first use wins, by the database's own count."""

import hashlib
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth.models import SpentIdentifier


async def first_use(session: AsyncSession, kind: str, owner: str, value: str, *, until: datetime) -> bool:
    """Spend `value`; False when it was spent before. `until`: when the value could not be accepted any more anyway."""
    row = insert(SpentIdentifier).values(digest=digest_of(kind, owner, value), expires_at=until).on_conflict_do_nothing()
    return (await session.execute(row.returning(SpentIdentifier.digest))).one_or_none() is not None


def digest_of(kind: str, owner: str, value: str) -> bytes:
    """What is kept of a one-time value."""
    return hashlib.sha256(f"{kind}\x1f{owner}\x1f{value}".encode()).digest()
