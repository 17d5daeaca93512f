"""Invented posts for the demo city; never in production."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.folding import fold, search_copy
from kernel.settings import UnsafeSettings, settings
from social.groups.models import Group, Membership
from social.posts.models import Audience, Post, PostState


async def post(session: AsyncSession, person_id: UUID, body: str, *, ward_id: UUID) -> None:
    """A public post of an invented resident in their ward's group, without the budgets that hold real people.

    Raises UnsafeSettings in production.
    """
    if settings().environment == "production":
        raise UnsafeSettings("invented posts never stand among real ones")
    group_id = (await session.scalars(select(Group.id).where(Group.admin_unit_id == ward_id))).one()
    member = insert(Membership).values(person_id=person_id, group_id=group_id, joined_at=now())
    await session.execute(member.on_conflict_do_nothing())
    session.add(
        Post(
            author_id=person_id,
            group_id=group_id,
            audience=Audience.PUBLIC,
            state=PostState.VISIBLE,
            body=body,
            body_search=search_copy(body),
            body_folded=fold(body),
        )
    )
