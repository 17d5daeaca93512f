"""Reads and writes the face a person shows; the row is made when there is something to say."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from social.authors import AuthorOut, authors
from social.profiles.models import Profile
from social.refusals import SocialPersonNotFound
from social.relations.service import follows
from social.visibility import Viewer


@dataclass(frozen=True, slots=True)
class ShownProfile:
    author: AuthorOut
    about: str
    followed: bool


async def profile(session: AsyncSession, who: Viewer, person_id: UUID) -> ShownProfile:
    """Raises SocialPersonNotFound, also when there is a block between the two."""
    author = (await authors(session, [person_id]))[person_id]
    if author.name is None or person_id in who.blocked:
        raise SocialPersonNotFound
    row = await session.get(Profile, person_id)
    return ShownProfile(author, row.about if row else "", await follows(session, who.person_id, person_id))


async def describe(session: AsyncSession, person_id: UUID, about: str) -> None:
    moment = now()
    row = insert(Profile).values(person_id=person_id, about=about, created_at=moment, changed_at=moment)
    await session.execute(row.on_conflict_do_update(index_elements=["person_id"], set_={"about": about, "changed_at": moment}))
