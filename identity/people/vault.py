"""The person's own key and what it seals: destroying the key erases every attribute while the row that something was known stays."""

import os
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.server.sealing import KEY
from identity.people.models import Attribute, PersonKey, SealedAttribute
from kernel.sealing import Keyring, keyring

_KEY_ID = "person"


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


def context(person_id: UUID, attribute: str) -> bytes:
    """What binds a sealed value to its row."""
    return f"person:{person_id}:{attribute}".encode()


def _key_context(person_id: UUID) -> bytes:
    return f"person-key:{person_id}".encode()
