"""Everything the database knows against a token, asked at once: whose it is, and whether what it hangs on is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.sessions.models import Revocation, RevocationKind

Subjects = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The person a token names and the sector it names them in; `first_party`: it was made for a client of ours."""

    person_id: UUID
    sector: str
    first_party: bool


_STANDS: Final = """
SELECT a.person_id, a.sector, coalesce(c.first_party, false) AS first_party
FROM identity.pairwise_alias a LEFT JOIN identity.oauth_client c ON c.client_id = $1
WHERE a.sub = $2 AND a.sector = coalesce($3, c.sector)
    -- A refresh that raced the shutting out of its client may have issued this token just after it; a mini-app need not be a client.
    AND (c.client_id IS NULL OR c.state = 'active')
    AND EXISTS (SELECT FROM identity.sign_in_session s WHERE s.id = $4 AND s.ended_at IS NULL AND s.expires_at > $5)
    -- And one that raced a revocation.
    AND ($6::uuid IS NULL OR EXISTS (SELECT FROM identity.oauth_grant g WHERE g.id = $6 AND g.revoked_at IS NULL))
    AND NOT EXISTS (
        SELECT FROM identity.revocation r
        WHERE r.at >= $7 AND (
            (r.kind, r.subject) IN (SELECT * FROM unnest($8::text[], $9::text[]))
            OR (r.kind, r.subject) IN (('person', a.person_id::text), ('consent', a.person_id || ':' || $1))))
"""


async def of_person(connection: Any, claims: dict[str, Any], issued_at: datetime, subjects: Subjects) -> Standing | None:
    """None where the subject is unknown, the sign-in or grant is over, or one of `subjects` was revoked since; `connection` is asyncpg's.

    `subjects` are those known from the token alone; those that name the person are looked at here as well.
    """
    sector, grant_id = claims.get("sector"), claims.get("gid")
    row = await connection.fetchrow(
        _STANDS,
        str(claims["client_id"]),
        str(claims["sub"]),
        None if sector is None else str(sector),
        UUID(str(claims["sid"])),
        now(),
        None if grant_id is None else UUID(str(grant_id)),
        issued_at,
        [kind for kind, _ in subjects],
        [subject for _, subject in subjects],
    )
    return None if row is None else Standing(row["person_id"], row["sector"], row["first_party"])


async def revoked(session: AsyncSession, subjects: Subjects, issued_at: datetime) -> bool:
    """What the database says now, for a token this process sees for the first time."""
    pairs = [(RevocationKind(kind), subject) for kind, subject in subjects]
    hit = select(Revocation.position).where(and_(tuple_(Revocation.kind, Revocation.subject).in_(pairs), Revocation.at >= issued_at))
    return await session.scalar(hit.limit(1)) is not None
