"""One person, one account: the database decides, by the keyed hash of the number a person was proved with."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.people.models import PersonIndex
from kernel.sealing import blind_indexes

PURPOSE = "person"


def citizen(personal_number: str) -> str:
    """What a Vietnamese citizen is unique on."""
    return f"VN|{personal_number}"


def document(issuer: str, number: str) -> str:
    """What the holder of a foreign document is unique on; a renewed document adds a row under the same person."""
    return f"{issuer}|{number}"


async def claim(session: AsyncSession, person_id: UUID, value: str) -> bool:
    """Takes `value` for the person under every pepper that is held; False where another person has it (roll the savepoint back then).

    A concurrent claim of the same value waits here until the other transaction has ended.
    """
    digests = blind_indexes(value, purpose=PURPOSE)
    rows = [{"purpose": PURPOSE, "key_id": key_id, "digest": digest, "person_id": person_id} for key_id, digest in sorted(digests.items())]
    taken = await session.execute(insert(PersonIndex).values(rows).on_conflict_do_nothing().returning(PersonIndex.key_id))
    return len(taken.all()) == len(rows)


async def claim_all(session: AsyncSession, person_id: UUID, values: Iterable[str]) -> bool:
    """Takes every value; one that is the person's own already is no hindrance. False where another person has one: roll back then."""
    for value in values:
        if not await claim(session, person_id, value) and await holder(session, value) != person_id:
            return False
    return True


async def holders(session: AsyncSession, values: Iterable[str]) -> list[UUID]:
    """The people who have any of the values, in the order of the values, each once."""
    found = [await holder(session, value) for value in values]
    return list(dict.fromkeys(person for person in found if person is not None))


async def holder(session: AsyncSession, value: str) -> UUID | None:
    """The person who has `value`, under any pepper that is held."""
    pairs = [(key_id, digest) for key_id, digest in blind_indexes(value, purpose=PURPOSE).items()]
    found: UUID | None = await session.scalar(
        select(PersonIndex.person_id)
        .where(PersonIndex.purpose == PURPOSE, tuple_(PersonIndex.key_id, PersonIndex.digest).in_(pairs))
        .limit(1)
    )
    return found
