"""The person's own key and what it seals: destroying the key erases every attribute while the row that something was known stays."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.sealing import KEY
from identity.people.models import Attribute, PersonDocument, PersonKey, SealedAttribute
from kernel.sealing import Keyring, keyring

_KEY_ID = "person"
LENT: Final = (Attribute.IDENTITY_NUMBER, Attribute.DOCUMENT, Attribute.BIRTH_DATE, Attribute.ADDRESS)
"""What goes with a merge: who somebody is, and never a way to reach them."""


async def make_key(session: AsyncSession, person_id: UUID) -> Keyring:
    """Gives a new person a data key of their own."""
    key = os.urandom(KEY)
    session.add(PersonKey(person_id=person_id, wrapped=keyring().seal(key, context=_key_context(person_id))))
    await session.flush()
    return Keyring({_KEY_ID: key}, _KEY_ID)


async def ring_of(session: AsyncSession, person_id: UUID) -> Keyring | None:
    """The person's key, or None where it is destroyed (or nobody has this id)."""
    wrapped = await session.scalar(select(PersonKey.wrapped).where(PersonKey.person_id == person_id))
    if wrapped is None:
        return None
    return Keyring({_KEY_ID: keyring().open(wrapped, context=_key_context(person_id))}, _KEY_ID)


async def seal(session: AsyncSession, person_id: UUID, values: Mapping[Attribute, str]) -> None:
    """Keeps attributes sealed, in place of what stood there. Raises LookupError where the person's key is destroyed."""
    ring = await ring_of(session, person_id)
    if ring is None:
        raise LookupError("the person's key is destroyed")
    for attribute, value in values.items():
        sealed = ring.seal(value.encode(), context=context(person_id, attribute))
        row = insert(SealedAttribute).values(person_id=person_id, attribute=attribute, value=sealed, updated_at=now())
        kept = {"value": row.excluded.value, "updated_at": row.excluded.updated_at}
        await session.execute(row.on_conflict_do_update(index_elements=[SealedAttribute.person_id, SealedAttribute.attribute], set_=kept))


async def forget(session: AsyncSession, person_id: UUID, attribute: Attribute) -> None:
    """Removes one attribute."""
    await session.execute(delete(SealedAttribute).where(SealedAttribute.person_id == person_id, SealedAttribute.attribute == attribute))


async def open_for_disclosure(session: AsyncSession, person_id: UUID, attributes: Iterable[Attribute]) -> dict[Attribute, str]:
    """The plain values that are there. Only `identity.disclosures` may call this: it writes who read them (a test says so)."""
    ring = await ring_of(session, person_id)
    if ring is None:
        return {}
    rows = await session.execute(
        select(SealedAttribute.attribute, SealedAttribute.value).where(
            SealedAttribute.person_id == person_id, SealedAttribute.attribute.in_(list(attributes))
        )
    )
    return {row.attribute: ring.open(row.value, context=context(person_id, row.attribute)).decode() for row in rows}


async def destroy(session: AsyncSession, person_id: UUID) -> None:
    """Erases every sealed attribute of the person for good."""
    await session.execute(update(PersonKey).where(PersonKey.person_id == person_id).values(wrapped=None, destroyed_at=now()))
    await session.execute(delete(SealedAttribute).where(SealedAttribute.person_id == person_id))


async def hand_over(session: AsyncSession, from_id: UUID, to_id: UUID, *, documents: Sequence[UUID]) -> None:
    """Seals documents that changed hands under their new owner's key; nobody reads them, and they leave by no door.

    One whose old key is destroyed stays as unreadable as it was. Raises LookupError where the new owner's key is destroyed.
    """
    if not documents:
        return
    before, after = await ring_of(session, from_id), await ring_of(session, to_id)
    if after is None:
        raise LookupError("the person's key is destroyed")
    if before is None:
        return
    for row in await session.scalars(select(PersonDocument).where(PersonDocument.id.in_(documents), PersonDocument.person_id == to_id)):
        plain = before.open(row.details, context=context(from_id, "person_document"))
        row.details = after.seal(plain, context=context(to_id, "person_document"))
    await session.flush()


async def lend(session: AsyncSession, from_id: UUID, to_id: UUID) -> list[str]:
    """Seals for the second person what is known of the first and not of them; the names of it. The first keeps theirs."""
    wanted = select(SealedAttribute.attribute).where(SealedAttribute.person_id == to_id)
    known = set(await session.scalars(wanted))
    found = await open_for_disclosure(session, from_id, [each for each in LENT if each not in known])
    await seal(session, to_id, found)
    return [attribute.value for attribute in found]


async def take_back(session: AsyncSession, person_id: UUID, names: Sequence[str], *, since: datetime) -> None:
    """Removes what was lent, but for what the person has proved of themselves since."""
    own = SealedAttribute.updated_at > since
    lent = delete(SealedAttribute).where(SealedAttribute.person_id == person_id, SealedAttribute.attribute.in_(list(names)), ~own)
    await session.execute(lent)


def context(person_id: UUID, attribute: str) -> bytes:
    """What binds a sealed value to its row."""
    return f"person:{person_id}:{attribute}".encode()


def _key_context(person_id: UUID) -> bytes:
    return f"person-key:{person_id}".encode()
