"""Equal name and birth date, without either lying open: it never decides anything, it only asks an officer to look."""

from datetime import date
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.folding import fold
from identity.people.models import Person, PersonLikeness, PersonState
from kernel.sealing import blind_indexes

PURPOSE = "likeness"
_MOST = 5


async def note(session: AsyncSession, person_id: UUID, name: str, birth_date: date) -> None:
    """Keeps the person's likeness, in place of an older one."""
    for key_id, digest in sorted(_digests(name, birth_date).items()):
        row = insert(PersonLikeness).values(person_id=person_id, key_id=key_id, digest=digest)
        await session.execute(
            row.on_conflict_do_update(
                index_elements=[PersonLikeness.person_id, PersonLikeness.key_id], set_={"digest": row.excluded.digest}
            )
        )


async def alike(session: AsyncSession, name: str, birth_date: date) -> list[UUID]:
    """Up to five people who are here with this name, in whatever order its words stand, and birth date; the first is the oldest account."""
    pairs = list(_digests(name, birth_date).items())
    found = (
        select(PersonLikeness.person_id)
        .join(Person, Person.id == PersonLikeness.person_id)
        .where(
            tuple_(PersonLikeness.key_id, PersonLikeness.digest).in_(pairs),
            Person.state.in_([PersonState.ACTIVE, PersonState.LOCKED]),
        )
        .order_by(PersonLikeness.person_id)
        .distinct()
        .limit(_MOST)
    )
    return list(await session.scalars(found))


def _digests(name: str, birth_date: date) -> dict[str, bytes]:
    words = " ".join(sorted(fold(name).split()))
    return blind_indexes(f"{words}|{birth_date.isoformat()}", purpose=PURPOSE)
