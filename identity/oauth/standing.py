"""Everything the database knows against a token, asked at once: whose it is, and whether what it hangs on is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from identity.clients.models import ClientState, OAuthClient, PairwiseAlias
from identity.oauth.models import Grant
from identity.sessions.models import Revocation, RevocationKind, SignInSession

Subjects = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The person a token names and the sector it names them in; `first_party`: it was made for a client of ours."""

    person_id: UUID
    sector: str
    first_party: bool


async def of_person(session: AsyncSession, claims: dict[str, Any], issued_at: datetime, subjects: Subjects) -> Standing | None:
    """None where the subject is unknown, the sign-in or grant is over, or one of `subjects` was revoked since.

    `subjects` are those known from the token alone; those that name the person are looked at here as well.
    """
    moment = now()
    client_id, sector = str(claims["client_id"]), claims.get("sector")
    session_alive = exists().where(
        SignInSession.id == UUID(str(claims["sid"])), SignInSession.ended_at.is_(None), SignInSession.expires_at > moment
    )
    # A refresh that raced a revocation may have issued this token just after it.
    grant_alive = exists().where(Grant.id == UUID(str(claims["gid"])), Grant.revoked_at.is_(None)) if "gid" in claims else literal(True)
    # And one that raced the shutting out of its client; a mini-app need not be a client.
    client_in = or_(OAuthClient.client_id.is_(None), OAuthClient.state == ClientState.ACTIVE)
    known_as = OAuthClient.sector if sector is None else literal(str(sector))
    row = (
        await session.execute(
            select(PairwiseAlias.person_id, PairwiseAlias.sector, OAuthClient.first_party)
            .outerjoin(OAuthClient, OAuthClient.client_id == client_id)
            .where(PairwiseAlias.sub == str(claims["sub"]), PairwiseAlias.sector == known_as, session_alive, grant_alive, client_in)
        )
    ).one_or_none()
    if row is None:
        return None
    named = (*subjects, ("person", str(row.person_id)), ("consent", f"{row.person_id}:{client_id}"))
    if await revoked(session, named, issued_at):
        return None
    return Standing(row.person_id, row.sector, bool(row.first_party))


async def revoked(session: AsyncSession, subjects: Subjects, issued_at: datetime) -> bool:
    """What the database says now, for a token this process sees for the first time."""
    pairs = [(RevocationKind(kind), subject) for kind, subject in subjects]
    hit = select(Revocation.position).where(and_(tuple_(Revocation.kind, Revocation.subject).in_(pairs), Revocation.at >= issued_at))
    return await session.scalar(hit.limit(1)) is not None
