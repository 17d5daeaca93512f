"""What the social layer holds of a person: handed in for an archive, emptied of words when the account is erased."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from social.groups.models import Group, Membership
from social.posts.models import Post, PostEdit, PostState
from social.profiles.models import Profile
from social.relations.models import Block, Follow


async def export(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    """Profile, posts, groups, follows and blocks."""
    posts = select(Post.id, Post.body, Post.audience, Post.state, Post.created_at, Post.edited_at).where(Post.author_id == person_id)
    groups = select(Group.key, Group.name_vi, Membership.joined_at).join(Group, Group.id == Membership.group_id)
    wanted: dict[str, Any] = {
        "profile": select(Profile.about, Profile.created_at, Profile.changed_at).where(Profile.person_id == person_id),
        "posts": posts.order_by(Post.id),
        "groups": groups.where(Membership.person_id == person_id),
        "follows": select(Follow.followee_id, Follow.created_at).where(Follow.follower_id == person_id),
        "blocks": select(Block.blocked_id, Block.created_at).where(Block.blocker_id == person_id),
    }
    return {name: [dict(row) for row in (await session.execute(statement)).mappings()] for name, statement in wanted.items()}


async def erase(session: AsyncSession, person_id: UUID) -> None:
    """The posts' places stay, so that others' answers keep theirs; every word of the person goes. Safe to run again."""
    theirs = select(Post.id).where(Post.author_id == person_id)
    await session.execute(delete(PostEdit).where(PostEdit.post_id.in_(theirs)))
    gone = {"state": PostState.DELETED, "body": "", "body_search": "", "body_folded": ""}
    await session.execute(update(Post).where(Post.author_id == person_id).values(**gone))
    await session.execute(delete(Membership).where(Membership.person_id == person_id))
    await session.execute(delete(Profile).where(Profile.person_id == person_id))
    await session.execute(delete(Follow).where(or_(Follow.follower_id == person_id, Follow.followee_id == person_id)))
    await session.execute(delete(Block).where(or_(Block.blocker_id == person_id, Block.blocked_id == person_id)))
