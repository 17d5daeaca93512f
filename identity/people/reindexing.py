"""Writes people's indexes under a new pepper, so that the old one can be taken away; values are opened, hashed and let go, never shown."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, func, select, tuple_, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.server.database import Database
from identity.contacts.models import Email, Phone
from identity.disclosures import service as disclosures
from identity.people import uniqueness
from identity.people.models import Attribute, PersonIndex
from kernel.audit import record
from kernel.sealing import blind_indexes, current_pepper

BATCH: Final = 100
BUDGET: Final = timedelta(minutes=10)
_CONTACTS: Final = ((Phone, Attribute.PHONE, "phone"), (Email, Attribute.EMAIL, "email"))


async def reindex(database: Database) -> int:
    """Everybody who lacks an index under the newest pepper; how many people were seen to. Safe to run again."""
    done, after = 0, UUID(int=0)
    while True:
        async with database.transaction() as session:
            people = await _lacking(session, after)
            for person_id in people:
                await _person(session, person_id)
        done += len(people)
        if len(people) < BATCH:
            return done
        after = people[-1]


async def left(session: AsyncSession, key_id: str) -> int:
    """How many indexes and contacts stand under a pepper without their like under the newest."""

    def counted(pepper: str) -> Any:
        rows = select(PersonIndex.person_id, func.count().label("rows")).where(PersonIndex.key_id == pepper)
        return rows.group_by(PersonIndex.person_id).subquery()

    old, new = counted(key_id), counted(current_pepper())
    lacking = func.greatest(old.c.rows - func.coalesce(new.c.rows, 0), 0)
    wanted = select(func.coalesce(func.sum(lacking), 0)).select_from(old.outerjoin(new, new.c.person_id == old.c.person_id))
    total = int(await session.scalar(wanted) or 0)
    for table, _, _ in _CONTACTS:
        current = select(func.count()).select_from(table).where(table.key_id == key_id, table.ended_at.is_(None))
        total += int(await session.scalar(current) or 0)
    return total


async def drop(session: AsyncSession, key_id: str) -> None:
    """Removes the indexes of a pepper that is being taken away; everybody has newer ones (`left` says so)."""
    await session.execute(delete(PersonIndex).where(PersonIndex.key_id == key_id))


async def hand_back(session: AsyncSession, kept_id: UUID, gone_id: UUID) -> None:
    """After a merge was undone: what `gone_id` is known by is theirs again, under peppers too that came after the merge."""
    own = _candidates(await disclosures.open_for_reindexing(session, kept_id))
    for value in _candidates(await disclosures.open_for_reindexing(session, gone_id)) - own:
        pairs = list(blind_indexes(value, purpose=uniqueness.PURPOSE).items())
        known = (PersonIndex.purpose == uniqueness.PURPOSE, tuple_(PersonIndex.key_id, PersonIndex.digest).in_(pairs))
        await session.execute(update(PersonIndex).where(PersonIndex.person_id == kept_id, *known).values(person_id=gone_id))


async def _lacking(session: AsyncSession, after: UUID) -> list[UUID]:
    pepper = current_pepper()
    known = PersonIndex.__table__.alias()
    newer = exists().where(known.c.person_id == PersonIndex.person_id, known.c.key_id == pepper)
    indexed = select(PersonIndex.person_id).where(~newer)
    contacts = [select(table.person_id).where(table.ended_at.is_(None), table.key_id != pepper) for table, _, _ in _CONTACTS]
    rows = union(indexed, *contacts).subquery()
    return list(await session.scalars(select(rows.c.person_id).where(rows.c.person_id > after).order_by(rows.c.person_id).limit(BATCH)))


async def _person(session: AsyncSession, person_id: UUID) -> None:
    values = await disclosures.open_for_reindexing(session, person_id)
    pepper = current_pepper()
    held = {(row.key_id, bytes(row.digest)) for row in await session.scalars(select(PersonIndex).where(PersonIndex.person_id == person_id))}
    for value in _candidates(values):
        digests = blind_indexes(value, purpose=uniqueness.PURPOSE)
        # Only what the person is known by today: an old digest of the same value proves it.
        if any((key_id, digest) in held for key_id, digest in digests.items()):
            row = insert(PersonIndex).values(purpose=uniqueness.PURPOSE, key_id=pepper, digest=digests[pepper], person_id=person_id)
            await session.execute(row.on_conflict_do_nothing())
    for table, attribute, purpose in _CONTACTS:
        await _contact(session, table, person_id, values.get(attribute.value), purpose)
    await record(session, actor="system:people", action="person.reindexed", subject=f"person:{person_id}")


async def _contact(session: AsyncSession, table: Any, person_id: UUID, value: str | None, purpose: str) -> None:
    row = await session.scalar(select(table).where(table.person_id == person_id, table.ended_at.is_(None)).with_for_update())
    if row is None or value is None:
        return
    digests = blind_indexes(value, purpose=purpose)
    if digests.get(row.key_id) == bytes(row.digest):
        row.key_id, row.digest = current_pepper(), digests[current_pepper()]
        await session.flush()


def _candidates(values: dict[str, str]) -> set[str]:
    """Everything a person may be unique on, from what is kept of them."""
    found = {uniqueness.citizen(value) for name, value in values.items() if name.split(":")[0] == Attribute.IDENTITY_NUMBER}
    for name, text in values.items():
        if name == "document" or name.startswith("document:"):
            told = json.loads(text)
            if {"issuer", "number"} <= set(told):
                found.add(uniqueness.document(told["issuer"], told["number"]))
                found.add(uniqueness.citizen(told["number"]))
            found |= {uniqueness.citizen(str(old)) for old in told.get("old_numbers", [])}
    return found
