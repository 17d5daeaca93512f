"""Posts as moderators handle them: what one says, and taking it out of sight or back."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.api.moderation import Snapshot, register
from kernel.events import emit
from social.events import PostHidden
from social.posts.models import Post, PostState
from social.visibility import viewer, visible_to


class PostKind:
    kind = "post"

    async def snapshot(self, session: AsyncSession, subject_id: UUID, *, visible_for: UUID | None = None) -> Snapshot | None:
        """The post now; None where there is none, or where `visible_for` may not see it."""
        statement = select(Post).where(Post.id == subject_id, Post.state != PostState.DELETED)
        if visible_for is not None:
            statement = statement.where(visible_to(await viewer(session, visible_for)))
        found = await session.scalar(statement)
        return None if found is None else Snapshot(found.author_id, found.body, at=found.edited_at or found.created_at)

    async def hide(self, session: AsyncSession, subject_id: UUID) -> None:
        found = await session.get(Post, subject_id, with_for_update=True, populate_existing=True)
        if found is not None and found.state is PostState.VISIBLE:
            found.state = PostState.HIDDEN
            await session.flush()
            await emit(session, PostHidden(found.id, found.author_id))

    async def show(self, session: AsyncSession, subject_id: UUID) -> None:
        found = await session.get(Post, subject_id, with_for_update=True, populate_existing=True)
        if found is not None and found.state is PostState.HIDDEN:
            found.state = PostState.VISIBLE
            await session.flush()


POSTS = PostKind()
register(POSTS)
