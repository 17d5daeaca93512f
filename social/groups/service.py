"""Joining and leaving, and setting groups up."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.ids import new_id
from hanoismart.text import Text
from identity.api import moderation
from social.groups.models import Group, GroupKind, Membership, Reading
from social.policies import check_join, sees_group
from social.refusals import GroupNotFound, SociallyLocked
from social.visibility import Viewer


async def ensure(
    session: AsyncSession,
    key: str,
    kind: GroupKind,
    name: Text,
    about: Text,
    *,
    reading: Reading = Reading.EVERYONE,
    admin_unit_id: UUID | None = None,
) -> UUID:
    """The group of this key, made or brought up to these words."""
    words = {"name_vi": name.vi, "name_en": name.en, "about_vi": about.vi, "about_en": about.en, "reading": reading}
    row = insert(Group).values(id=new_id(), key=key, kind=kind, admin_unit_id=admin_unit_id, created_at=now(), **words)
    kept = row.on_conflict_do_update(index_elements=["key"], set_=words).returning(Group.id)
    return (await session.execute(kept)).scalar_one()


async def group(session: AsyncSession, who: Viewer, group_id: UUID) -> Group:
    """Raises GroupNotFound, also for a group this person may not know of."""
    found = await session.get(Group, group_id)
    if found is None or not sees_group(who, found):
        raise GroupNotFound
    return found


async def join(session: AsyncSession, who: Viewer, group_id: UUID) -> Group:
    """Again is fine. Raises GroupNotFound, ResidentsOnly, TrustNeeded, SociallyLocked."""
    found = await session.get(Group, group_id)
    if found is None:
        raise GroupNotFound
    check_join(who, found)
    if await moderation.locked(session, who.person_id):
        raise SociallyLocked
    row = insert(Membership).values(person_id=who.person_id, group_id=group_id, joined_at=now())
    await session.execute(row.on_conflict_do_nothing())
    return found


async def leave(session: AsyncSession, person_id: UUID, group_id: UUID) -> None:
    """Again is fine, also from a group that never was."""
    await session.execute(delete(Membership).where(Membership.person_id == person_id, Membership.group_id == group_id))


async def joined(session: AsyncSession, person_id: UUID) -> frozenset[UUID]:
    return frozenset(await session.scalars(select(Membership.group_id).where(Membership.person_id == person_id)))
