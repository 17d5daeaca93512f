"""Two accounts were one person: whom they blocked, followed and met in groups goes with the one that stays.

Everything is copied and nothing is taken away, so that undoing the merge has nothing to bring back; posts stay with the account that wrote
them, where moderation finds them.
"""

from uuid import UUID

from sqlalchemy import Uuid, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from social.groups.models import Membership
from social.relations.models import Block, Follow


async def carry_over(session: AsyncSession, gone_id: UUID, kept_id: UUID) -> None:
    """Safe to run again. A block stands in both directions: a merge gives nobody back the eyes somebody took from them."""
    kept = literal(kept_id, Uuid())
    copies = (
        (Block, ["blocker_id", "blocked_id", "created_at"], [kept, Block.blocked_id], Block.blocker_id, Block.blocked_id),
        (Block, ["blocked_id", "blocker_id", "created_at"], [kept, Block.blocker_id], Block.blocked_id, Block.blocker_id),
        (Follow, ["follower_id", "followee_id", "created_at"], [kept, Follow.followee_id], Follow.follower_id, Follow.followee_id),
        (Follow, ["followee_id", "follower_id", "created_at"], [kept, Follow.follower_id], Follow.followee_id, Follow.follower_id),
    )
    for table, names, values, own, other in copies:
        theirs = select(*values, table.created_at).where(own == gone_id, other != kept_id)
        await session.execute(insert(table).from_select(names, theirs).on_conflict_do_nothing())
    groups = select(kept, Membership.group_id, Membership.joined_at).where(Membership.person_id == gone_id)
    await session.execute(insert(Membership).from_select(["person_id", "group_id", "joined_at"], groups).on_conflict_do_nothing())
