"""Following and blocking; a block ends what was between two people, in both directions."""

import hashlib
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hanoismart.clock import now
from hanoismart.problems import Problem
from hanoismart.text import Text
from identity.api import people
from social.budgets.service import spend_on
from social.refusals import SocialPersonNotFound
from social.relations.models import Block, Follow
from social.visibility import Viewer

MOST_BLOCKS = 2_000  # every read of the blocker carries them all
MOST_FOLLOWS = 2_000  # what a home feed gathers completely (social feeds on read)


class TooManyFollows(Problem):
    code = "social.too_many_follows"
    status = 422
    title = Text(vi="Bạn chỉ có thể theo dõi tối đa 2.000 người", en="You can follow 2,000 people at most")


class TooManyBlocks(Problem):
    code = "social.too_many_blocks"
    status = 422
    title = Text(vi="Bạn chỉ có thể chặn tối đa 2.000 người", en="You can block 2,000 people at most")


class NotYourself(Problem):
    code = "social.not_yourself"
    status = 422
    title = Text(vi="Không thể làm việc này với chính mình", en="You cannot do this to yourself")


async def follow(session: AsyncSession, who: Viewer, person_id: UUID) -> None:
    """Again is fine. Raises NotYourself, SocialPersonNotFound, TooManyFollows, TooMany."""
    await check_person(session, who, person_id)
    await spend_on(session, who.person_id, who.level, "follow")
    await _lock_pair(session, who.person_id, person_id)
    if await _blocked(session, who.person_id, person_id):
        raise SocialPersonNotFound
    followed = select(Follow.followee_id).where(Follow.follower_id == who.person_id).limit(MOST_FOLLOWS)
    if (await session.scalar(select(func.count()).select_from(followed.subquery())) or 0) >= MOST_FOLLOWS:
        raise TooManyFollows
    row = insert(Follow).values(follower_id=who.person_id, followee_id=person_id, created_at=now())
    await session.execute(row.on_conflict_do_nothing())


async def unfollow(session: AsyncSession, follower_id: UUID, person_id: UUID) -> None:
    await session.execute(delete(Follow).where(Follow.follower_id == follower_id, Follow.followee_id == person_id))


async def block(session: AsyncSession, blocker_id: UUID, person_id: UUID) -> None:
    """Again is fine; somebody who has blocked first can be blocked back.

    Raises NotYourself, SocialPersonNotFound, TooManyBlocks.
    """
    if person_id == blocker_id:
        raise NotYourself
    if person_id not in await people.cards(session, [person_id]):
        raise SocialPersonNotFound
    await _lock_pair(session, blocker_id, person_id)
    blocked = select(Block.blocked_id).where(Block.blocker_id == blocker_id).limit(MOST_BLOCKS)
    if (await session.scalar(select(func.count()).select_from(blocked.subquery())) or 0) >= MOST_BLOCKS:
        raise TooManyBlocks
    row = insert(Block).values(blocker_id=blocker_id, blocked_id=person_id, created_at=now())
    await session.execute(row.on_conflict_do_nothing())
    between = or_(
        and_(Follow.follower_id == blocker_id, Follow.followee_id == person_id),
        and_(Follow.follower_id == person_id, Follow.followee_id == blocker_id),
    )
    await session.execute(delete(Follow).where(between))


async def _lock_pair(session: AsyncSession, one: UUID, other: UUID) -> None:
    """Until the end of the transaction: a block and a follow at once would not see each other, and the follow would outlive the block."""
    digest = hashlib.sha256(b"relation" + min(one, other).bytes + max(one, other).bytes).digest()
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], "big", signed=True))))


async def _blocked(session: AsyncSession, one: UUID, other: UUID) -> bool:
    between = or_(and_(Block.blocker_id == one, Block.blocked_id == other), and_(Block.blocker_id == other, Block.blocked_id == one))
    return await session.scalar(select(Block.blocker_id).where(between).limit(1)) is not None


async def unblock(session: AsyncSession, blocker_id: UUID, person_id: UUID) -> None:
    await session.execute(delete(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == person_id))


async def check_person(session: AsyncSession, who: Viewer, person_id: UUID) -> None:
    """Another person who is there for this one. Raises NotYourself, SocialPersonNotFound."""
    if person_id == who.person_id:
        raise NotYourself
    if person_id in who.blocked or person_id not in await people.cards(session, [person_id]):
        raise SocialPersonNotFound


async def follows(session: AsyncSession, follower_id: UUID, person_id: UUID) -> bool:
    found = select(Follow.followee_id).where(Follow.follower_id == follower_id, Follow.followee_id == person_id)
    return await session.scalar(found) is not None
